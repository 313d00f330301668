# Two variants, by the wheels of PyTorch: for the CPU, or for a release of CUDA.
#
#     docker build --tag oneedit:cpu .
#     docker build --tag oneedit:cuda --build-arg TORCH=cu128 .
FROM python:3.11-slim AS build
ARG TORCH=cpu
WORKDIR /src
RUN python -m venv /opt/oneedit
ENV PATH=/opt/oneedit/bin:$PATH
# first, so that a change of OneEdit does not fetch it again; what it needs comes with the rest
RUN pip install --no-cache-dir --no-deps --index-url "https://download.pytorch.org/whl/${TORCH}" "torch>=2.9"
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY kg_data kg_data
COPY interpreter interpreter
COPY controller controller
COPY editor editor
COPY oneedit oneedit
RUN pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.11-slim
# a volume that is mounted on the home belongs to the user, because the folder does
RUN useradd --uid 1000 --create-home oneedit \
    && install --directory --owner=oneedit --group=oneedit /home/oneedit/data
COPY --from=build /opt/oneedit /opt/oneedit
USER 1000
WORKDIR /home/oneedit
ENV PATH=/opt/oneedit/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ONEEDIT_HOME=/home/oneedit/data \
    ONEEDIT_HOST=0.0.0.0 \
    ONEEDIT_LOGS=json
EXPOSE 8080
# the server listens once the model is loaded
HEALTHCHECK --interval=15s --timeout=5s --start-period=5m --retries=4 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
CMD ["oneedit", "serve"]
