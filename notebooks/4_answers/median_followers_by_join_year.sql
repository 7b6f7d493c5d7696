-- Databricks notebook source
-- MAGIC %md
-- MAGIC # What is the median number of followers of people who joined in each year?
-- MAGIC
-- MAGIC The exact median over all posts with a number of followers. Each post counts, because a person's number differs from post to post.
-- MAGIC
-- MAGIC This notebook writes the answer but does not display it, because a job would then run one more query for each question. To read the
-- MAGIC answer, run `SELECT * FROM median_followers_by_join_year ORDER BY ALL`.
-- MAGIC
-- MAGIC Rendered from `src/project/queries/median_followers_by_join_year.sql` by `npm run generate`.

-- COMMAND ----------

CREATE WIDGET TEXT catalog DEFAULT 'main';
CREATE WIDGET TEXT schema DEFAULT 'pinterest';

-- COMMAND ----------

USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
SET TIME ZONE 'UTC';

-- COMMAND ----------

CREATE OR REPLACE TABLE median_followers_by_join_year
COMMENT 'What is the median number of followers of people who joined in each year? The exact median over all posts with a number of followers. Each post counts, because a person\'s number differs from post to post.'
AS
WITH posts AS (
  SELECT year(date_joined) AS join_year, follower_count
  FROM clean_pin JOIN clean_user USING (ind)
  WHERE date_joined IS NOT NULL AND follower_count IS NOT NULL
)
SELECT join_year, median(follower_count) AS median_follower_count
FROM posts
GROUP BY join_year
