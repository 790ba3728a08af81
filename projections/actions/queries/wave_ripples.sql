-- A page of a wave's ripples, the greatest first, behind a place: what the last one before was ordered by, and its id.
WITH page AS (
    SELECT wave_id, ripple_id, {ordering} AS place
    FROM actions.ripple_order
    WHERE wave_id = %(wave_id)s
      AND (
            %(after_ripple_id)s::text IS NULL
         OR {ordering} < %(after_place)s
         OR {ordering} = %(after_place)s AND ripple_id > %(after_ripple_id)s
      )
    ORDER BY {ordering} DESC, ripple_id
    LIMIT %(limit)s
)
SELECT
    ripple.wave_id,
    ripple.ripple_id,
    ripple.title,
    ripple.actions_1h,
    ripple.actions_24h,
    ripple.actions_total,
    ripple.impact,
    ripple.participants,
    ripple.boost_points,
    ripple.trending_score,
    ripple.last_action_at,
    ripple.version,
    page.place
FROM page
JOIN actions.ripple_counters AS ripple
  ON ripple.wave_id = page.wave_id
 AND ripple.ripple_id = page.ripple_id
ORDER BY page.place DESC, page.ripple_id
