-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Which poster has the most followers in each country?
-- MAGIC
-- MAGIC A poster's highest number of followers in posts from the country counts. Posts without a number or a name are ignored. Every poster that ties for the first place is listed.
-- MAGIC
-- MAGIC This notebook writes the answer but does not display it, because a job would then run one more query for each question. To read the
-- MAGIC answer, run `SELECT * FROM top_poster_by_country ORDER BY ALL`.
-- MAGIC
-- MAGIC Rendered from `src/project/queries/top_poster_by_country.sql` by `npm run generate`.

-- COMMAND ----------

CREATE WIDGET TEXT catalog DEFAULT 'main';
CREATE WIDGET TEXT schema DEFAULT 'pinterest';

-- COMMAND ----------

USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
SET TIME ZONE 'UTC';

-- COMMAND ----------

CREATE OR REPLACE TABLE top_poster_by_country
COMMENT 'Which poster has the most followers in each country? A poster\'s highest number of followers in posts from the country counts. Posts without a number or a name are ignored. Every poster that ties for the first place is listed.'
AS
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
