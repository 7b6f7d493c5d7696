/** Makes Spark's Thrift server behave like a SQL warehouse: adapts the calls that differ and forwards all others. */
import { quoted } from '../../../src/names.ts';
import { sqlMessage } from './errors.ts';
import { withParameters } from './parameters.ts';
import { type Call, type Guid, type Message, types } from './wire.ts';

const { TProtocolVersion, TSparkRowSetType, TStatusCode } = types;

/** How the results of an operation are read. */
interface Results {
  readonly session: string;
  /** Whether the client reads Arrow. */
  readonly arrow: boolean;
}

/** Fields of requests that only a warehouse supports. They are not forwarded to Spark. */
const UNKNOWN_TO_SPARK = ['getDirectResults', 'runAsync', 'operationId', 'sessionConf', 'executionVersion'];

const key = ({ guid }: Guid): string => guid.toString('hex');

/**
 * Returns a function that answers the calls of a warehouse's clients by calling Spark. The returned function serves all
 * sessions of all clients.
 * @param spark: calls Spark's Thrift server
 * @param arrow: calls the same server, which then returns rows as Arrow
 */
export function warehouse(spark: Call, arrow: Call): Call {
  const operations = new Map<string, Results>();

  async function openSession(request: Message): Promise<Message> {
    const answer = await spark(
      'OpenSession',
      new types.TOpenSessionReq({
        client_protocol: TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10,
        configuration: request.configuration ?? {},
      }),
    );
    answer.serverProtocolVersion = TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8;
    const { catalogName, schemaName } = request.initialNamespace ?? {};
    if (failed(answer.status) || !(catalogName || schemaName)) return answer;
    const used = await run(answer.sessionHandle, useStatement(catalogName, schemaName));
    if (!failed(used.status)) return answer;
    await spark('CloseSession', new types.TCloseSessionReq({ sessionHandle: answer.sessionHandle }));
    return new types.TOpenSessionResp({ ...answer, status: used.status });
  }

  /** Runs a statement and waits for its end. */
  const run = (sessionHandle: Message, statement: string): Promise<Message> =>
    spark('ExecuteStatement', new types.TExecuteStatementReq({ sessionHandle, statement, runAsync: false }));

  async function executeStatement(request: Message): Promise<Message> {
    const { sessionHandle, queryTimeout, canReadArrowResult } = request;
    const answer = await spark(
      'ExecuteStatement',
      new types.TExecuteStatementReq({
        sessionHandle,
        statement: withParameters(request.statement, request.parameters ?? []),
        runAsync: true,
        queryTimeout,
      }),
    );
    if (answer.operationHandle)
      operations.set(key(answer.operationHandle.operationId), {
        session: key(sessionHandle.sessionId),
        arrow: canReadArrowResult === true,
      });
    return answer;
  }

  const readsArrow = ({ operationHandle }: Message): boolean =>
    operations.get(key(operationHandle.operationId))?.arrow === true;

  async function getResultSetMetadata(request: Message): Promise<Message> {
    const asArrow = readsArrow(request);
    const answer = await (asArrow ? arrow : spark)('GetResultSetMetadata', request);
    const columns: Message[] = answer.schema?.columns ?? [];
    answer.resultFormat = TSparkRowSetType.COLUMN_BASED_SET;
    // A warehouse numbers columns from 1.
    columns.forEach((column, index) => {
      column.position = index + 1;
    });
    if (!asArrow || columns.length === 0) return answer;
    answer.resultFormat = TSparkRowSetType.ARROW_BASED_SET;
    answer.arrowSchema = Buffer.from(columns[0].comment, 'base64');
    columns[0].comment = '';
    return answer;
  }

  async function fetchResults(request: Message): Promise<Message> {
    if (!readsArrow(request)) return spark('FetchResults', request);
    const answer = await arrow('FetchResults', request);
    if (failed(answer.status)) return answer;
    const [{ binaryVal }, { i64Val }] = answer.results.columns;
    const [[batch], [rowCount]] = [binaryVal.values, i64Val.values];
    const rows = rowCount.toNumber();
    // Spark never sets `hasMoreRows`. Clients need it for Arrow; without Arrow, they fetch until a result is empty.
    // A page has fewer rows than requested only at the end.
    answer.hasMoreRows = rows > 0 && rows >= request.maxRows.toNumber();
    answer.results = new types.TRowSet({
      startRowOffset: answer.results.startRowOffset,
      rows: [],
      arrowBatches: rows > 0 ? [new types.TSparkArrowBatch({ batch, rowCount })] : [],
    });
    return answer;
  }

  const own: Readonly<Record<string, (request: Message) => Promise<Message>>> = {
    OpenSession: openSession,
    ExecuteStatement: executeStatement,
    GetResultSetMetadata: getResultSetMetadata,
    FetchResults: fetchResults,
    GetColumns: (request) => {
      request.columnName ??= '%';
      return spark('GetColumns', request);
    },
    CloseOperation: (request) => {
      operations.delete(key(request.operationHandle.operationId));
      return spark('CloseOperation', request);
    },
    CloseSession: (request) => {
      const closed = key(request.sessionHandle.sessionId);
      for (const [operation, { session }] of operations) if (session === closed) operations.delete(operation);
      return spark('CloseSession', request);
    },
  };

  return async (method, request) => {
    if (method !== 'ExecuteStatement')
      for (const field of UNKNOWN_TO_SPARK) if (field in request) request[field] = null;
    const answer = await (own[method]?.(request) ?? spark(method, request));
    if (answer.status) inWords(answer.status);
    // Only the status of a failed operation has an `errorMessage`.
    if (answer.errorMessage) answer.displayMessage = sqlMessage(answer.errorMessage);
    return answer;
  };
}

const failed = (status: Message): boolean =>
  status.statusCode === TStatusCode.ERROR_STATUS || status.statusCode === TStatusCode.INVALID_HANDLE_STATUS;

function inWords(status: Message): void {
  if (!failed(status)) return;
  // Removes Java's stack frames, which the driver would add to its own stack trace.
  status.infoMessages = null;
  status.errorMessage = sqlMessage(
    status.errorMessage ?? 'The session or statement does not exist any more.',
  );
}

function useStatement(catalog: string | undefined, schema: string | undefined): string {
  if (!schema) return `SET CATALOG ${quoted(catalog ?? '')}`;
  return `USE ${catalog ? `${quoted(catalog)}.` : ''}${quoted(schema)}`;
}
