-- How many people joined in each year?
-- A person is a distinct combination of name, age and time of joining. A missing name or age counts as a value. People without a pin are included.
-- chart: bars value=users_joined by=join_year
WITH people AS (
  SELECT DISTINCT user_name, age, date_joined
  FROM clean_user
  WHERE date_joined IS NOT NULL
)
SELECT year(date_joined) AS join_year, count(*) AS users_joined
FROM people
GROUP BY year(date_joined)
