
# cloud-init runs this once; it can be run again by hand.
INSTALLED=/opt/pipeline
mkdir -p "$INSTALLED"

# CloudFormation waits for this signal, and shows the reason of a failure. The signal's address is valid for only 12 hours.
tell() {
  curl --silent --retry 5 --request PUT --header 'Content-Type:' \
    --data "{\"Status\":\"$1\",\"Reason\":\"$2\",\"UniqueId\":\"client\",\"Data\":\"$2\"}" "$READY_URL" || true
}

# A rollback of the stack deletes the machine, so the signal includes the last log lines, without characters special to JSON.
last_lines() {
  {
    tail --lines=8 /var/log/cloud-init-output.log
    journalctl --unit=kafka-rest --lines=5 --output=cat
  } 2>/dev/null | tail --bytes=1500 | tr '\n' '|' | tr --complement --delete '[:print:]' | tr '"' "'" | tr "\\\\" / || true
}
trap 'tell FAILURE "the client machine stopped at line $LINENO: $(last_lines)"' ERR

# Amazon Linux's packages and the artifacts come through the VPC's endpoint for S3, because this machine has no route to the internet.
dnf install --assumeyes --quiet java-17-amazon-corretto-headless tar gzip

cd "$INSTALLED"
for file in SHA256SUMS "$KAFKA" "$CONFLUENT" "$MSK_IAM"; do
  aws s3 cp --only-show-errors --region "$REGION" "s3://$ARTIFACTS/$file" "$file"
done
for file in "$KAFKA" "$CONFLUENT" "$MSK_IAM"; do
  grep --fixed-strings "  $file" SHA256SUMS | sha256sum --check --strict
done

mkdir -p kafka confluent
tar --extract --gzip --strip-components=1 --directory=kafka --file="$KAFKA"
tar --extract --gzip --strip-components=1 --directory=confluent --file="$CONFLUENT"
ln --symbolic --force "$INSTALLED/$MSK_IAM" "$INSTALLED/aws-msk-iam-auth.jar"
rm --force "$KAFKA" "$CONFLUENT"

export CLASSPATH="$INSTALLED/aws-msk-iam-auth.jar"
for topic in "${TOPICS[@]}"; do
  kafka/bin/kafka-topics.sh --bootstrap-server "$BOOTSTRAP" --command-config /etc/pipeline/client.properties \
    --create --if-not-exists --topic "$topic" "${TOPIC_FLAGS[@]}"
done

id kafka-rest >/dev/null 2>&1 || useradd --system --no-create-home --shell /sbin/nologin kafka-rest
systemctl daemon-reload
systemctl enable kafka-rest
systemctl restart kafka-rest
curl --silent --fail --output /dev/null --retry 60 --retry-delay 2 --retry-connrefused "http://127.0.0.1:$REST_PORT/topics"

tell SUCCESS "topics and REST proxy are ready"
