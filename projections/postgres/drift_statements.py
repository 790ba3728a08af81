"""The statements that find rows which drifted from what they follow from, and that put them right.

In them `s` is what stands, `e` what should.
"""

from collections.abc import Sequence

from psycopg import sql

from projections.postgres.aging import number_at
from projections.postgres.generations import Generation, filled
from projections.recomputation import Recomputed
from projections.tables import CounterTable


def search(generation: Generation, recomputed: Recomputed) -> sql.Composed:
    """Answers the key of each row in the scope that drifted, with 1, in the order of the keys; and before
    them null, with the number of the rows that did not."""
    scope = sql.Composed([])
    if recomputed.scope is not None:
        scope = sql.SQL("WHERE {} IN (SELECT * FROM ({}) AS scope)").format(
            sql.Identifier(recomputed.key[0]), filled(recomputed.scope, generation)
        )
    return sql.SQL(
        "SELECT CASE WHEN differs THEN ARRAY[{keys_as_text}] END AS key, count(*) FROM ("
        "SELECT {keys}, {differs} AS differs FROM ({stored}) AS s {join} ({computed}) AS e USING ({keys})"
        " {scope}) AS compared GROUP BY 1 ORDER BY 1 NULLS FIRST"
    ).format(
        keys_as_text=sql.SQL(", ").join(
            sql.SQL("{}::text").format(sql.Identifier(name)) for name in recomputed.key
        ),
        stored=_stored(generation, recomputed),
        computed=_computed(generation, recomputed, sql.Identifier(generation.schema, recomputed.source.name)),
        scope=scope,
        **_compared(recomputed),
    )


def repair(generation: Generation, recomputed: Recomputed) -> sql.Composed:
    """Puts the rows of the keys whose columns are %(key_0)s, %(key_1)s .. if they drifted, and answers each:
    its key, how it stood, how it stands now. Its plans are those of lookups by index."""
    pieces = _compared(recomputed)
    drift = sql.SQL(
        "WITH wanted AS MATERIALIZED (SELECT * FROM unnest({arrays}) AS wanted ({keys})),"
        " stored AS MATERIALIZED (SELECT s.* FROM wanted JOIN ({stored}) AS s USING ({keys})),"
        " expected AS MATERIALIZED (SELECT * FROM ({computed}) AS e"
        " WHERE {owner} = ANY (%(key_0)s::text[]) AND ({keys}) IN (SELECT {keys} FROM wanted)),"
        " drift AS MATERIALIZED (SELECT {keys},"
        " CASE WHEN {s_owner} IS NOT NULL THEN ARRAY[{was}] END AS was,"
        " CASE WHEN {e_owner} IS NOT NULL THEN ARRAY[{became}] END AS became"
        " FROM stored AS s {join} expected AS e USING ({keys}) WHERE {differs})"
    ).format(
        arrays=sql.SQL(", ").join(
            sql.SQL("{}::text[]{}").format(
                sql.Placeholder(f"key_{number}"),
                sql.SQL("" if column.python_type is str else f"::{column.sql_type}[]"),
            )
            for number, column in enumerate(recomputed.table.key_columns)
        ),
        stored=_stored(generation, recomputed),
        computed=_computed(generation, recomputed, _source_of_wanted(generation, recomputed)),
        **pieces,
    )
    return sql.SQL("{}, {} SELECT {}, was, became FROM drift ORDER BY {}").format(
        drift,
        _updated(generation, recomputed) if recomputed.columns else _replaced(generation, recomputed),
        pieces["keys"],
        pieces["keys"],
    )


def _source_of_wanted(generation: Generation, recomputed: Recomputed) -> sql.Composed:
    """The rows of the source that the wanted keys follow from."""
    names = [column.name for column in recomputed.source.key_columns]
    if recomputed.through is None:
        known = [name for name in names if name in recomputed.key]
        behind = sql.SQL("SELECT {} FROM wanted").format(_names(known))
    else:
        known = names
        (source_key,) = names
        shared = [c.name for c in recomputed.through.columns if c.name in recomputed.key]
        behind = sql.SQL("SELECT m.{} FROM {} AS m WHERE ({}) IN (SELECT {} FROM wanted)").format(
            sql.Identifier(source_key),
            sql.Identifier(generation.schema, recomputed.through.name),
            _names(shared, "m"),
            _names(shared),
        )
    return sql.SQL("(SELECT * FROM {} WHERE ({}) IN ({}))").format(
        sql.Identifier(generation.schema, recomputed.source.name), _names(known), behind
    )


def _names(names: Sequence[str], of: str = "") -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(of, name) if of else sql.Identifier(name) for name in names)


def _stored(generation: Generation, recomputed: Recomputed) -> sql.Composed:
    """The rows as they stand; one of zeros means the same as none."""
    selected = sql.SQL("SELECT {} FROM {} AS t").format(
        _names((*recomputed.key, *recomputed.compared), "t"),
        sql.Identifier(generation.schema, recomputed.table.name),
    )
    if not isinstance(recomputed.table, CounterTable):
        return selected
    sums = sql.SQL(", ").join(sql.Identifier("t", name) for name in recomputed.table.sums)
    zeros = sql.SQL(", ").join([sql.Literal(0)] * len(recomputed.table.sums))
    return sql.SQL("{} WHERE ({}) <> ({})").format(selected, sums, zeros)


def _computed(generation: Generation, recomputed: Recomputed, source: sql.Composable) -> sql.Composed:
    pieces: dict[str, sql.Composable] = {
        name: sql.SQL(", ").join(map(sql.Literal, (kept.least, kept.most, kept.pivot)))
        for name, kept in recomputed.magnitudes.items()
    }
    pieces |= {name: sql.Literal(number) for name, number in recomputed.numbers.items()}
    return filled(recomputed.computed, generation, source=source, **pieces)


def _compared(recomputed: Recomputed) -> dict[str, sql.Composable]:
    """Pieces that the statements have in common."""
    compared = recomputed.compared
    texts = {
        side: sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(side, name)) for name in compared)
        for side in "se"
    }
    return {
        "join": sql.SQL("JOIN" if recomputed.columns else "FULL JOIN"),
        "keys": _names(recomputed.key),
        "owner": sql.Identifier(recomputed.key[0]),
        "s_owner": sql.Identifier("s", recomputed.key[0]),
        "e_owner": sql.Identifier("e", recomputed.key[0]),
        "differs": sql.SQL("ROW({}) IS DISTINCT FROM ROW({})").format(
            _names(compared, "s"), _names(compared, "e")
        ),
        "was": texts["s"],
        "became": texts["e"],
    }


def _updated(generation: Generation, recomputed: Recomputed) -> sql.Composed:
    return sql.SQL(
        "put AS (UPDATE {table} AS t SET ({columns}) = ROW({values})"
        " FROM expected AS e JOIN drift USING ({keys}) WHERE ({t_keys}) = ({e_keys}))"
    ).format(
        table=sql.Identifier(generation.schema, recomputed.table.name),
        columns=_names(recomputed.compared),
        values=_names(recomputed.compared, "e"),
        keys=_names(recomputed.key),
        t_keys=_names(recomputed.key, "t"),
        e_keys=_names(recomputed.key, "e"),
    )


def _replaced(generation: Generation, recomputed: Recomputed) -> sql.Composed:
    """In the order of the keys, as flushes lock rows."""
    columns = list(recomputed.compared)
    values: list[sql.Composable] = [sql.Identifier("e", name) for name in columns]
    aging = recomputed.table.aging if isinstance(recomputed.table, CounterTable) else None
    if aging is not None:
        columns.append(aging.column)
        values.append(number_at(aging, sql.Identifier("e", aging.since)))
    return sql.SQL(
        "gone AS (DELETE FROM {table} AS t USING drift AS d"
        " WHERE d.became IS NULL AND ({t_keys}) = ({d_keys})),"
        " put AS (INSERT INTO {table} ({keys}, {columns}) SELECT {keys}, {values}"
        " FROM expected AS e JOIN drift USING ({keys}) ORDER BY {keys}"
        " ON CONFLICT ({keys}) DO UPDATE SET ({columns}) = ROW({excluded}))"
    ).format(
        table=sql.Identifier(generation.schema, recomputed.table.name),
        keys=_names(recomputed.key),
        t_keys=_names(recomputed.key, "t"),
        d_keys=_names(recomputed.key, "d"),
        columns=_names(columns),
        values=sql.SQL(", ").join(values),
        excluded=_names(columns, "excluded"),
    )
