FROM python:3.11-slim

RUN useradd --create-home oneedit
WORKDIR /opt/oneedit
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY kg_data kg_data
COPY interpreter interpreter
COPY controller controller
COPY editor editor
COPY oneedit oneedit
RUN pip install --no-cache-dir --constraint constraints.txt .

USER oneedit
ENV ONEEDIT_HOME=/home/oneedit/data ONEEDIT_HOST=0.0.0.0
EXPOSE 8080
HEALTHCHECK CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=3)"
CMD ["oneedit", "serve"]
