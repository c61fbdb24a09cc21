"""What SQLAlchemy has compiled for one gradebook, for all others of the process: it keeps that by the engine,
and each gradebook has one of its own.
"""

from sqlalchemy import Engine, create_engine

_first: dict[str, Engine] = {}


def shared(url: str, **options) -> Engine:
    """In place of ``nbgrader.api.create_engine``."""
    engine = create_engine(url, **options)
    if engine.dialect.name == "sqlite":
        first = _first.setdefault("sqlite", engine)
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    return engine
