"""Units searched on a Spark cluster, which couriers already run. Files must have the same names on every machine.

The executors need this package, at the same version of Python (`--py-files`, or `PYSPARK_PYTHON` naming a virtual
environment that has it). Spark tries the units of an executor that died again on others.
"""

from collections.abc import Iterator, Sequence

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from honey.errors import InputError
from honey.trace.search.sent import Sent, search_sent
from honey.trace.search.unit import Searched, Searcher, Told, Unit
from honey.translation import _

MAX_STATED = 200  # characters of what Spark says: the rest is a trace of calls in Java
UNITS_AT_ONCE = 8  # for each core: results are taken, and put in a journal, that often


def search_on_spark(units: Sequence[Unit], searcher: Searcher, told: Told, *, master: str) -> Iterator[Searched]:
    """Search units on the cluster of `master` (spark://host:7077, yarn, local[2]); yields in the order of `units`.

    Raises:
        InputError: the cluster cannot be used, or gave up on a unit.
    """
    try:
        # No web page: it would show file names to whoever reaches its port.
        asked = SparkSession.builder.master(master).appName("honey trace").config("spark.ui.enabled", "false")
        spark = asked.getOrCreate()
    except (PySparkException, Py4JError, OSError) as exc:
        raise InputError(
            _(
                "{master}: Spark does not start ({reason}); it needs Java 17 and a master",
                master=master,
                reason=_stated(exc),
            )
        ) from exc
    context = spark.sparkContext
    try:
        sent = context.broadcast(Sent.of(searcher))
        step = UNITS_AT_ONCE * context.defaultParallelism
        for at in range(0, len(units), step):
            part = list(units[at : at + step])
            rows = context.parallelize(part, len(part)).mapPartitions(
                lambda inside: (search_sent(unit, sent.value) for unit in inside)
            )
            for found in rows.collect():
                told(found.bytes, found.rows)
                yield found
    except (PySparkException, Py4JError) as exc:
        raise InputError(
            _("{master}: Spark gave up ({reason}); its own log says why", master=master, reason=_stated(exc))
        ) from exc
    finally:
        spark.stop()


def _stated(exc: BaseException) -> str:
    said = exc.java_exception.getMessage() if isinstance(exc, Py4JJavaError) else str(exc)
    return " ".join(str(said).split())[:MAX_STATED]
