-- The newest number that a generation of a system ever had: a number is used once, also when it was dropped.
CREATE TABLE groundswell.generation_numbers (
    system text PRIMARY KEY,
    newest int NOT NULL
);
INSERT INTO groundswell.generation_numbers (system, newest)
SELECT system, max(generation) FROM groundswell.generations GROUP BY system;
