# Databricks notebook source
# MAGIC %md
# MAGIC # Mount the landing bucket
# MAGIC
# MAGIC Makes the bucket that the S3 sink fills readable under `/mnt/…`. Needs a classic cluster, whose instance profile may
# MAGIC read the bucket; with an external volume (`/Volumes/…`) no mount is needed, and serverless has none. A mount that is
# MAGIC already right is left alone; one that shows another bucket is somebody's, and an error.
# MAGIC
# MAGIC Rendered from `generator/templates/mount.py.hbs` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("bucket", "pinterest-demo-landing")
dbutils.widgets.text("mount_point", "/mnt/demo")

source = f"s3a://{dbutils.widgets.get('bucket')}"
mount_point = dbutils.widgets.get("mount_point")

# COMMAND ----------

mounted = {mount.mountPoint: mount.source for mount in dbutils.fs.mounts()}

if mount_point not in mounted:
    dbutils.fs.mount(source, mount_point)
elif mounted[mount_point].rstrip("/") != source:
    raise ValueError(f"{mount_point} shows {mounted[mount_point]}, not {source}: unmount it or choose another mount_point.")

# COMMAND ----------

display(dbutils.fs.ls(mount_point))
