-- What users give each category.
SELECT category, users, mean, median, spread, minimum, maximum
FROM weights.population
ORDER BY category
