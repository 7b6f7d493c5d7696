-- Which category is the most popular in each age group?
-- Every category that ties for the first place is listed.
-- chart: bars value=category_count by=age_group label=category
WITH posts AS (
  SELECT
    CASE
      WHEN age < 18 THEN 'under 18'
      WHEN age <= 24 THEN '18-24'
      WHEN age <= 35 THEN '25-35'
      WHEN age <= 50 THEN '36-50'
      ELSE '+50'
    END AS age_group,
    category
  FROM clean_pin JOIN clean_user USING (ind)
  WHERE age IS NOT NULL AND category IS NOT NULL
),
counted AS (
  SELECT age_group, category, count(*) AS category_count
  FROM posts
  GROUP BY age_group, category
),
ranked AS (
  SELECT *, rank() OVER (PARTITION BY age_group ORDER BY category_count DESC) AS place
  FROM counted
)
SELECT age_group, category, category_count
FROM ranked
WHERE place = 1
