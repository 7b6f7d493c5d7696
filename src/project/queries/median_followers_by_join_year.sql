-- What is the median number of followers of people who joined in each year?
-- The exact median over all posts with a number of followers. Each post counts, because a person's number differs from post to post.
-- chart: dots value=median_follower_count by=join_year scale=log
WITH posts AS (
  SELECT year(date_joined) AS join_year, follower_count
  FROM clean_pin JOIN clean_user USING (ind)
  WHERE date_joined IS NOT NULL AND follower_count IS NOT NULL
)
SELECT join_year, median(follower_count) AS median_follower_count
FROM posts
GROUP BY join_year
