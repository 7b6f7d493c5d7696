-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Which category was the most popular in each year?
-- MAGIC
-- MAGIC The year is the year of the post's time, UTC. Every category that ties for the first place is listed.
-- MAGIC
-- MAGIC This notebook writes the answer but does not display it, because a job would then run one more query for each question. To read the
-- MAGIC answer, run `SELECT * FROM top_category_by_year ORDER BY ALL`.
-- MAGIC
-- MAGIC Rendered from `src/project/queries/top_category_by_year.sql` by `npm run generate`.

-- COMMAND ----------

CREATE WIDGET TEXT catalog DEFAULT 'main';
CREATE WIDGET TEXT schema DEFAULT 'pinterest';

-- COMMAND ----------

USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
SET TIME ZONE 'UTC';

-- COMMAND ----------

CREATE OR REPLACE TABLE top_category_by_year
COMMENT 'Which category was the most popular in each year? The year is the year of the post\'s time, UTC. Every category that ties for the first place is listed.'
AS
WITH posts AS (
  SELECT year(timestamp) AS post_year, category
  FROM clean_pin JOIN clean_geo USING (ind)
  WHERE timestamp IS NOT NULL AND category IS NOT NULL
),
counted AS (
  SELECT post_year, category, count(*) AS category_count
  FROM posts
  GROUP BY post_year, category
),
ranked AS (
  SELECT *, rank() OVER (PARTITION BY post_year ORDER BY category_count DESC) AS place
  FROM counted
)
SELECT post_year, category, category_count
FROM ranked
WHERE place = 1
