-- What is the median number of followers in each age group?
-- The exact median over all posts with a number of followers. Each post counts, because a person's number differs from post to post.
-- chart: dots value=median_follower_count by=age_group scale=log
WITH posts AS (
  SELECT
    CASE
      WHEN age < 18 THEN 'under 18'
      WHEN age <= 24 THEN '18-24'
      WHEN age <= 35 THEN '25-35'
      WHEN age <= 50 THEN '36-50'
      ELSE '+50'
    END AS age_group,
    follower_count
  FROM clean_pin JOIN clean_user USING (ind)
  WHERE age IS NOT NULL AND follower_count IS NOT NULL
)
SELECT age_group, median(follower_count) AS median_follower_count
FROM posts
GROUP BY age_group
