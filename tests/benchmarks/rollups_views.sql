CREATE OR REPLACE VIEW rollups.videos AS SELECT * FROM {generation}.videos;
