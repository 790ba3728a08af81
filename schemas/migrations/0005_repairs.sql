-- What was repaired and not reported yet: written with the repair, cleared with the report of it.
-- differences: the first values of it, each as [table, [key ..], column, was, became].
CREATE TABLE groundswell.repairs (
    system text NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    generation int NOT NULL,
    repaired bigint NOT NULL,
    differences jsonb NOT NULL,
    PRIMARY KEY (system, id)
);
