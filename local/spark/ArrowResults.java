import java.io.ByteArrayOutputStream;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.hive.service.cli.HiveSQLException;
import org.apache.hive.service.cli.OperationHandle;
import org.apache.hive.service.cli.OperationState;
import org.apache.hive.service.cli.operation.Operation;
import org.apache.hive.service.cli.operation.OperationManager;
import org.apache.hive.service.rpc.thrift.TBinaryColumn;
import org.apache.hive.service.rpc.thrift.TCLIService;
import org.apache.hive.service.rpc.thrift.TColumn;
import org.apache.hive.service.rpc.thrift.TColumnDesc;
import org.apache.hive.service.rpc.thrift.TFetchResultsReq;
import org.apache.hive.service.rpc.thrift.TFetchResultsResp;
import org.apache.hive.service.rpc.thrift.TGetResultSetMetadataReq;
import org.apache.hive.service.rpc.thrift.TGetResultSetMetadataResp;
import org.apache.hive.service.rpc.thrift.TI64Column;
import org.apache.hive.service.rpc.thrift.TPrimitiveTypeEntry;
import org.apache.hive.service.rpc.thrift.TRowSet;
import org.apache.hive.service.rpc.thrift.TStatus;
import org.apache.hive.service.rpc.thrift.TStatusCode;
import org.apache.hive.service.rpc.thrift.TTableSchema;
import org.apache.hive.service.rpc.thrift.TTypeDesc;
import org.apache.hive.service.rpc.thrift.TTypeEntry;
import org.apache.hive.service.rpc.thrift.TTypeId;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession$;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.InterpretedMutableProjection;
import org.apache.spark.sql.classic.Dataset;
import org.apache.spark.sql.execution.arrow.ArrowWriter;
import org.apache.spark.sql.execution.arrow.ArrowWriter$;
import org.apache.spark.sql.types.*;
import org.apache.spark.sql.util.ArrowUtils$;
import scala.Option;
import scala.collection.Iterator;

/**
 * Makes Spark's Thrift server return rows as Arrow, with the types that a SQL warehouse sends. Spark's own rows are
 * text, in which nested values are not escaped and times are in the session's time zone.
 *
 * Hive's messages have no field for Arrow. So the comment of the first column in the metadata contains the Arrow schema
 * in Base64, and a row set has two columns with one value each: the record batch, and its number of rows.
 *
 * This file contains no lambdas, because it is compiled by Janino, which does not support them.
 */
public final class ArrowResults implements InvocationHandler {
  private final TCLIService.Iface service;
  private final OperationManager operations;
  private final Map<Operation, Result> results = Collections.synchronizedMap(new WeakHashMap<Operation, Result>());

  public ArrowResults(TCLIService.Iface service, OperationManager operations) {
    this.service = service;
    this.operations = operations;
  }

  /**
   * Returns a service that answers GetResultSetMetadata and FetchResults itself. Forwards all other calls to `service`.
   */
  public static TCLIService.Iface over(TCLIService.Iface service, OperationManager operations) {
    Class[] interfaces = new Class[] {TCLIService.Iface.class};
    return (TCLIService.Iface) java.lang.reflect.Proxy.newProxyInstance(
        ArrowResults.class.getClassLoader(), interfaces, new ArrowResults(service, operations));
  }

  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    try {
      if (method.getName().equals("GetResultSetMetadata"))
        return metadata((TGetResultSetMetadataReq) arguments[0]);
      if (method.getName().equals("FetchResults")) return rows((TFetchResultsReq) arguments[0]);
      return method.invoke(service, arguments);
    } catch (InvocationTargetException error) {
      throw error.getCause();
    }
  }

  private TGetResultSetMetadataResp metadata(TGetResultSetMetadataReq request) throws Exception {
    Result result = resultOf(new OperationHandle(request.getOperationHandle()));
    if (result == null) return service.GetResultSetMetadata(request);
    TGetResultSetMetadataResp answer = new TGetResultSetMetadataResp(new TStatus(TStatusCode.SUCCESS_STATUS));
    answer.setSchema(new TTableSchema(result.columns()));
    return answer;
  }

  private TFetchResultsResp rows(TFetchResultsReq request) throws Exception {
    Result result;
    try {
      result = resultOf(new OperationHandle(request.getOperationHandle()));
      if (result == null) return service.FetchResults(request);
      return result.fetch(request.getMaxRows());
    } catch (Throwable error) {
      Exception failure = error instanceof Exception ? (Exception) error : new RuntimeException(error);
      return new TFetchResultsResp(HiveSQLException.toTStatus(new HiveSQLException(failure)));
    }
  }

  /**
   * Returns the operation's result; null if it is not a statement or has no rows, so that `service` must answer the
   * call.
   */
  private Result resultOf(OperationHandle handle) throws Exception {
    Operation operation = operations.getOperation(handle);
    if (operation.getStatus().getState() != OperationState.FINISHED) return null;
    synchronized (operation) {
      Result known = (Result) results.get(operation);
      if (known != null) return known;
      Field[] fields = operation.getClass().getDeclaredFields();
      for (int at = 0; at < fields.length; at++) {
        if (!org.apache.spark.sql.Dataset.class.isAssignableFrom(fields[at].getType())) continue;
        fields[at].setAccessible(true);
        Dataset rows = (Dataset) fields[at].get(operation);
        if (rows == null) return null;
        Object id = operation.getClass().getMethod("statementId", new Class[0]).invoke(operation, new Object[0]);
        Result made = new Result(rows, (String) id);
        results.put(operation, made);
        return made;
      }
      return null;
    }
  }

  /** A result that is read once, from its beginning to its end. */
  private static final class Result {
    private final Dataset rows;
    private final String group;
    /** The schema that is sent. */
    private final Schema arrow;
    /**
     * The schema for writing. Its names are numbers, because Arrow's writer merges two fields of a struct with the same
     * name.
     */
    private final Schema written;
    private final InterpretedMutableProjection projection;
    private Iterator iterator;

    Result(Dataset rows, String group) {
      this.rows = rows;
      this.group = group;
      String zone = rows.sparkSession().sessionState().conf().sessionLocalTimeZone();
      StructField[] given = rows.schema().fields();
      StructType named = (StructType) sendable(rows.schema(), false);
      StructType numbered = (StructType) sendable(rows.schema(), true);
      List columns = new ArrayList();
      List places = new ArrayList();
      scala.collection.mutable.ArrayBuffer casts = new scala.collection.mutable.ArrayBuffer();
      for (int at = 0; at < given.length; at++) {
        DataType type = named.fields()[at].dataType();
        columns.add(ArrowUtils$.MODULE$.toArrowField(given[at].name(), type, true, zone, false));
        DataType place = numbered.fields()[at].dataType();
        places.add(ArrowUtils$.MODULE$.toArrowField(String.valueOf(at), place, true, zone, false));
        Expression value = new BoundReference(at, given[at].dataType(), true);
        if (!type.sameType(given[at].dataType()))
          value = new Cast(value, type, Option.apply(zone), EvalMode.LEGACY());
        casts.addOne(value);
      }
      arrow = new Schema(columns);
      written = new Schema(places);
      projection = new InterpretedMutableProjection(casts.toSeq());
    }

    /** Returns the columns with Hive's types. Hive's own conversion fails for types that only Spark has. */
    List columns() throws Exception {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      MessageSerializer.serialize(new WriteChannel(Channels.newChannel(out)), arrow);
      StructField[] given = rows.schema().fields();
      List columns = new ArrayList();
      for (int at = 0; at < given.length; at++) {
        TTypeDesc type = new TTypeDesc(new ArrayList());
        type.addToTypes(TTypeEntry.primitiveEntry(new TPrimitiveTypeEntry(hiveType(given[at].dataType()))));
        TColumnDesc column = new TColumnDesc(given[at].name(), type, at);
        if (at == 0) column.setComment(Base64.getEncoder().encodeToString(out.toByteArray()));
        columns.add(column);
      }
      return columns;
    }

    private static TTypeId hiveType(DataType type) {
      if (type instanceof BooleanType) return TTypeId.BOOLEAN_TYPE;
      if (type instanceof ByteType) return TTypeId.TINYINT_TYPE;
      if (type instanceof ShortType) return TTypeId.SMALLINT_TYPE;
      if (type instanceof IntegerType) return TTypeId.INT_TYPE;
      if (type instanceof LongType) return TTypeId.BIGINT_TYPE;
      if (type instanceof FloatType) return TTypeId.FLOAT_TYPE;
      if (type instanceof DoubleType) return TTypeId.DOUBLE_TYPE;
      if (type instanceof DecimalType) return TTypeId.DECIMAL_TYPE;
      if (type instanceof BinaryType) return TTypeId.BINARY_TYPE;
      if (type instanceof DateType) return TTypeId.DATE_TYPE;
      if (type instanceof TimestampType || type instanceof TimestampNTZType) return TTypeId.TIMESTAMP_TYPE;
      if (type instanceof YearMonthIntervalType) return TTypeId.INTERVAL_YEAR_MONTH_TYPE;
      if (type instanceof DayTimeIntervalType) return TTypeId.INTERVAL_DAY_TIME_TYPE;
      if (type instanceof ArrayType) return TTypeId.ARRAY_TYPE;
      if (type instanceof MapType) return TTypeId.MAP_TYPE;
      if (type instanceof StructType) return TTypeId.STRUCT_TYPE;
      return type instanceof NullType ? TTypeId.NULL_TYPE : TTypeId.STRING_TYPE;
    }

    synchronized TFetchResultsResp fetch(long most) throws Exception {
      SparkContext context = rows.sparkSession().sparkContext();
      // Canceling the statement cancels the jobs of this group.
      context.setJobGroup(group, "", true);
      SparkSession$.MODULE$.setActiveSession(rows.sparkSession());
      try {
        if (iterator == null) iterator = rows.queryExecution().executedPlan().executeToIterator();
        return answer(most);
      } finally {
        context.clearJobGroup();
      }
    }

    private TFetchResultsResp answer(long most) throws Exception {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      BufferAllocator allocator = ArrowUtils$.MODULE$.rootAllocator().newChildAllocator("results", 0, Long.MAX_VALUE);
      long count = 0;
      try {
        VectorSchemaRoot root = VectorSchemaRoot.create(written, allocator);
        try {
          ArrowWriter writer = ArrowWriter$.MODULE$.create(root);
          for (; count < most && iterator.hasNext(); count++)
            writer.write(projection.apply((InternalRow) iterator.next()));
          writer.finish();
          ArrowRecordBatch batch = new VectorUnloader(root).getRecordBatch();
          try {
            MessageSerializer.serialize(new WriteChannel(Channels.newChannel(out)), batch);
          } finally {
            batch.close();
          }
        } finally {
          root.close();
        }
      } finally {
        allocator.close();
      }
      ByteBuffer none = ByteBuffer.wrap(new byte[0]);
      List batches = new ArrayList();
      batches.add(ByteBuffer.wrap(out.toByteArray()));
      List counts = new ArrayList();
      counts.add(Long.valueOf(count));
      List columns = new ArrayList();
      columns.add(TColumn.binaryVal(new TBinaryColumn(batches, none)));
      columns.add(TColumn.i64Val(new TI64Column(counts, none)));
      TRowSet set = new TRowSet(0L, new ArrayList());
      set.setColumns(columns);
      TFetchResultsResp answer = new TFetchResultsResp(new TStatus(TStatusCode.SUCCESS_STATUS));
      answer.setResults(set);
      return answer;
    }

    /** Returns the type that a warehouse sends: text for intervals, variants and all types that only Spark has. */
    private static DataType sendable(DataType type, boolean numbered) {
      if (type instanceof StructType) {
        StructField[] given = ((StructType) type).fields();
        StructField[] fields = new StructField[given.length];
        for (int at = 0; at < given.length; at++)
          fields[at] = new StructField(
              numbered ? String.valueOf(at) : given[at].name(),
              sendable(given[at].dataType(), numbered), given[at].nullable(), given[at].metadata());
        return new StructType(fields);
      }
      if (type instanceof ArrayType)
        return new ArrayType(
            sendable(((ArrayType) type).elementType(), numbered), ((ArrayType) type).containsNull());
      if (type instanceof MapType) {
        MapType map = (MapType) type;
        return new MapType(
            sendable(map.keyType(), numbered), sendable(map.valueType(), numbered), map.valueContainsNull());
      }
      boolean own = type instanceof NumericType || type instanceof BooleanType || type instanceof BinaryType
          || type instanceof DateType || type instanceof TimestampType || type instanceof TimestampNTZType
          || type instanceof NullType;
      return own ? type : DataTypes.StringType;
    }
  }
}
