-- Which poster has the most followers in each country?
-- A poster's highest number of followers in posts from the country counts. Posts without a number or a name are ignored. Every poster that ties for the first place is listed.
-- chart: map value=follower_count by=country label=poster_name scale=log
WITH best AS (
  SELECT country, poster_name, max(follower_count) AS follower_count
  FROM clean_pin JOIN clean_geo USING (ind)
  WHERE country IS NOT NULL AND poster_name IS NOT NULL AND follower_count IS NOT NULL
  GROUP BY country, poster_name
),
ranked AS (
  SELECT *, rank() OVER (PARTITION BY country ORDER BY follower_count DESC) AS place
  FROM best
)
SELECT country, poster_name, follower_count
FROM ranked
WHERE place = 1
