/** A function of the component: the bytes of its stack frame, and the functions that it calls. */
export interface GraphNode {
  readonly file: string;
  readonly stack: number;
  readonly calls: Set<string>;
}

export type CallGraph = Map<string, GraphNode>;

/** skip_value() and skip_members(), which GCC merges, call each other OTA_JSON_DEPTH + 1 times. */
const RECURSIVE = ['skip_value', 'skip_members'];
const RECURSIONS = 5;

/** The targets of calls through pointers, by the calling function or file. Other such calls may lead to any function in the core's tables. */
const POINTERS: Record<string, (name: string, file: string) => boolean> = {
  ota_client_event: (name) => name === 'post_event',
  ota_client_now_ms: (name) => name === 'ota_client_port_now_ms',
  ota_client_sleep: (name) => name === 'ota_client_port_sleep',
  ota_client_attributes_add: (name) => name === 'ota_client_port_attributes',
  'ota_json.c': (name) => name === 'next_body_byte',
  'ota_response.c': (name, file) => file === 'ota_response.c' && name.startsWith('read_'),
  'ota_client.c': (name, file) =>
    file === 'ota_client.c' && ['run_check', 'run_install', 'run_report'].includes(name),
  'ota_port.c': () => false, // callbacks of the application
  'ota_port_attributes.c': () => false, // as above
};

/** Functions of the port that are not in the tables, or are called from one place only. */
const NOT_IN_TABLES = [
  'ota_client_device_id',
  'ota_client_port_attributes',
  'add_chip',
  'add_chip_revision',
  'ota_client_port_create',
  'ota_client_port_destroy',
  'ota_client_port_http_init',
  'ota_client_port_http_deinit',
  'on_http_event',
  'init_port',
  'post_event',
];

function isInTables(name: string, file: string): boolean {
  return file.startsWith('ota_port') && !NOT_IN_TABLES.includes(name);
}

/**
 * Reads the output of GCC's -fcallgraph-info=su (VCG), one text for each file.
 * @returns nodes by title: a name, or `file:name` for a static function.
 */
export function readCallGraph(texts: readonly string[]): CallGraph {
  const graph: CallGraph = new Map();
  for (const text of texts) {
    for (const [, title = '', file = '', stack = '0'] of text.matchAll(
      /^node: \{ title: "([^"]+)" label: "[^"]*?([\w.-]+\.c):\d+:\d+\\n(\d+) bytes/gm,
    )) {
      graph.set(title, { file, stack: Number(stack), calls: new Set() });
    }
  }
  for (const text of texts) {
    for (const [, source = '', target = ''] of text.matchAll(
      /^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"/gm,
    )) {
      graph.get(source)?.calls.add(target);
    }
  }
  return graph;
}

function nameOf(title: string): string {
  return (title.split(':').at(-1) ?? title).replace(/\..*$/, '');
}

function calledBy(graph: CallGraph, title: string, node: GraphNode): string[] {
  const name = nameOf(title);
  const called = [...node.calls].filter((callee) => graph.has(callee));
  if (node.calls.has('__indirect_call')) {
    const leadsTo = POINTERS[name] ?? POINTERS[node.file] ?? isInTables;
    called.push(
      ...[...graph].filter(([other, { file }]) => leadsTo(nameOf(other), file)).map(([other]) => other),
    );
  }
  if (name === 'ota_client_port_http_open') {
    called.push(...[...graph.keys()].filter((other) => nameOf(other) === 'on_http_event'));
  }
  const recursive = RECURSIVE.includes(name);
  return called.filter((callee) => !(recursive && nameOf(callee) === RECURSIVE[0]));
}

/**
 * The chain of calls with the largest sum of stack frames. Functions of ESP-IDF and of the C library are not counted. ESP-IDF's HTTP client
 * calls on_http_event().
 * @throws Error if there is a recursion other than RECURSIVE.
 */
export function deepestStack(graph: CallGraph): {
  readonly bytes: number;
  readonly chain: readonly string[];
} {
  const known = new Map<string, { bytes: number; chain: string[] } | undefined>();
  const deepest = (title: string): { bytes: number; chain: string[] } => {
    const found = known.get(title);
    const node = graph.get(title);
    if (found !== undefined || node === undefined) {
      return found ?? { bytes: 0, chain: [] };
    }
    if (known.has(title)) {
      throw new Error(`${title} calls itself`);
    }
    known.set(title, undefined);
    const name = nameOf(title);
    const below = calledBy(graph, title, node)
      .map(deepest)
      .reduce((most, next) => (next.bytes > most.bytes ? next : most), { bytes: 0, chain: [] });
    const times = RECURSIVE.includes(name) ? RECURSIONS : 1;
    const result = {
      bytes: node.stack * times + below.bytes,
      chain: [`${name} ${node.stack * times}`, ...below.chain],
    };
    known.set(title, result);
    return result;
  };
  return [...graph.keys()].map(deepest).reduce((most, next) => (next.bytes > most.bytes ? next : most));
}
