-- How many people joined in each year?
-- A person is a name, an age and a time of joining, with or without a post; a missing name or age is a value like any other.
-- chart: bars value=users_joined by=join_year
WITH people AS (
  SELECT DISTINCT user_name, age, date_joined
  FROM clean_user
  WHERE date_joined IS NOT NULL
)
SELECT year(date_joined) AS join_year, count(*) AS users_joined
FROM people
GROUP BY year(date_joined)
