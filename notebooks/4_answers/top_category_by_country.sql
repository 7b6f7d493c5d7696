-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Which category is the most popular in each country?
-- MAGIC
-- MAGIC Every category that ties for the first place is listed.
-- MAGIC
-- MAGIC This notebook writes the answer but does not display it, because a job would then run one more query for each question. To read the
-- MAGIC answer, run `SELECT * FROM top_category_by_country ORDER BY ALL`.
-- MAGIC
-- MAGIC Rendered from `src/project/queries/top_category_by_country.sql` by `npm run generate`.

-- COMMAND ----------

CREATE WIDGET TEXT catalog DEFAULT 'main';
CREATE WIDGET TEXT schema DEFAULT 'pinterest';

-- COMMAND ----------

USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
SET TIME ZONE 'UTC';

-- COMMAND ----------

CREATE OR REPLACE TABLE top_category_by_country
COMMENT 'Which category is the most popular in each country? Every category that ties for the first place is listed.'
AS
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
