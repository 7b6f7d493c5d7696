-- Which category is the most popular in each country?
-- Every category that ties for the first place is listed.
-- chart: map value=category_count by=country label=category scale=log
WITH counted AS (
  SELECT country, category, count(*) AS category_count
  FROM clean_pin JOIN clean_geo USING (ind)
  WHERE country IS NOT NULL AND category IS NOT NULL
  GROUP BY country, category
),
ranked AS (
  SELECT *, rank() OVER (PARTITION BY country ORDER BY category_count DESC) AS place
  FROM counted
)
SELECT country, category, category_count
FROM ranked
WHERE place = 1
