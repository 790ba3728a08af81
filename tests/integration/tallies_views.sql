CREATE OR REPLACE VIEW tallies.totals AS SELECT * FROM {generation}.totals;
