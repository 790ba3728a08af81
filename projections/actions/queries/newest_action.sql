-- When the newest action happened; no row's value when there is none. The newest hour leads to it.
SELECT max(action.at) AS at
FROM (SELECT hour FROM actions.activity ORDER BY hour DESC LIMIT 1) newest
JOIN actions.activity AS cell ON cell.hour = newest.hour
JOIN actions.action_log AS action
  ON action.wave_id = cell.wave_id
 AND action.ripple_id = cell.ripple_id
 AND action.at >= cell.hour
