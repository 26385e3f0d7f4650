import { once } from 'node:events'
import { createRequire } from 'node:module'

/** What code that has taken a process over knows of its surroundings. */
export interface Surroundings {
  /** A folder outside the process's code. It has the files `secret` and `code.cjs`. */
  readonly outside: string
  readonly parent: number
  /** Where servers listen on 127.0.0.1. */
  readonly tcpPort: number
  readonly udpPort: number
}

/**
 * `refused`: it throws. `ends`: the process ends instead. `idle`: it does not throw, but does nothing, and returns ''.
 * `network`: it throws where the platform isolates the process from the network. `remains`: it works, as SECURITY.md
 * says.
 */
export type Outcome = 'refused' | 'ends' | 'idle' | 'network' | 'remains'

export interface Attempt {
  readonly outcome: Outcome
  readonly make: (at: Surroundings) => unknown
}

/** What a module is used for; or why there is nothing to try: it opens no file or socket and starts nothing itself. */
type Modules = Readonly<Record<string, string | Readonly<Record<string, Attempt>>>>

/** Modules by name, without their types, as injected code would have them. */
const load = createRequire(import.meta.url)

const to =
  (outcome: Outcome) =>
  (make: Attempt['make']): Attempt => ({ outcome, make })
const [refused, ends, idle, network, remains] = [to('refused'), to('ends'), to('idle'), to('network'), to('remains')]

const connected = (emitter: NodeJS.EventEmitter, event = 'connect') => {
  // Whoever resets a connection that was made takes nothing back.
  emitter.on('error', () => {})
  return once(emitter, event)
}

/** Calls every function on files outside, in all positions. @returns what did not throw */
async function callAll(functions: Readonly<Record<string, unknown>>, { outside }: Surroundings): Promise<string> {
  const [secret, added] = [`${outside}/secret`, `${outside}/added`]
  const returned = new Set<string>()
  for (const [name, call] of Object.entries(functions)) {
    if (typeof call !== 'function') continue
    for (const args of [
      [secret],
      [secret, 'text'],
      [secret, added],
      [secret, 0, 0],
      [added, secret],
      [added, 0o600],
      [outside],
      [outside, { recursive: true }],
      [outside, added, { recursive: true }],
      ['secret', added],
      [`${outside}/../${outside}/secret`, 'r+'],
      ...(/^(cp|copy|link|symlink)/.test(name) ? [[import.meta.filename, added]] : []),
    ]) {
      try {
        returned.add(`${name}: ${JSON.stringify(await call(...args))}`)
      } catch {
        // As it should.
      }
    }
  }
  return [...returned].join('\n')
}

function named(functions: object, chosen: RegExp): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(functions).filter(([name]) => chosen.test(name)))
}

/** Looks for paths that it may read beside what it was granted: the beginnings of each, and one that goes on. */
function readableBesideGrants(): string {
  const grants = process.execArgv.flatMap((flag) => /^--allow-fs-read=(.*)$/.exec(flag)?.[1] ?? [])
  const isGranted = (path: string) => grants.some((grant) => path === grant || path.startsWith(`${grant}/`))
  const beside = grants.flatMap((grant) => [`${grant}-more`, ...[...grant].map((_, length) => grant.slice(0, length))])
  return beside.filter((path) => path !== '' && !isGranted(path) && process.permission.has('fs.read', path)).join('\n')
}

/** Files and folders that it has open: no permission is asked for again. */
function openFiles(): string {
  const { fstatSync } = load('node:fs')
  return Array.from({ length: 1_024 }, (_, descriptor) => {
    try {
      const opened = fstatSync(descriptor)
      return opened.isFile() || opened.isDirectory() ? [descriptor] : []
    } catch {
      return []
    }
  })
    .flat()
    .join(' ')
}

/** All built-in modules. A new one gets a line here: what it reaches beyond its process, tried out. */
export const modules: Modules = {
  _http_agent: 'part of http',
  _http_client: 'part of http',
  _http_common: 'part of http',
  _http_incoming: 'part of http',
  _http_outgoing: 'part of http',
  _http_server: 'part of http',
  _stream_duplex: 'part of stream',
  _stream_passthrough: 'part of stream',
  _stream_readable: 'part of stream',
  _stream_transform: 'part of stream',
  _stream_wrap: 'part of stream',
  _stream_writable: 'part of stream',
  _tls_common: 'part of tls',
  _tls_wrap: 'part of tls',
  assert: 'computes',
  'assert/strict': 'computes',
  async_hooks: 'watches its own process',
  buffer: 'has memory of its own process',
  child_process: {
    'runs a program': refused(() => load('node:child_process').execFileSync('/bin/true')),
    'starts a program': refused(() => connected(load('node:child_process').spawn('/bin/true'), 'spawn')),
    'starts Node': refused(() => connected(load('node:child_process').fork('x'), 'spawn')),
  },
  cluster: { 'starts Node': refused(() => connected(load('node:cluster').fork(), 'online')) },
  console: 'writes to streams that are open',
  constants: 'has numbers',
  crypto: {
    'opens a file as a key': refused(({ outside }) =>
      load('node:crypto').createPrivateKey(new URL(`file://${outside}/secret`)),
    ),
    'loads an engine': refused(({ outside }) => load('node:crypto').setEngine(`${outside}/secret`)),
  },
  dgram: {
    'sends a datagram': network(async ({ udpPort }) => {
      const socket = load('node:dgram').createSocket('udp4')
      const sent = Promise.withResolvers<void>()
      socket.send('text', udpPort, '127.0.0.1', (error: Error | null) => (error ? sent.reject(error) : sent.resolve()))
      await sent.promise
    }),
  },
  diagnostics_channel: 'watches its own process',
  dns: {
    'asks a server': network(async ({ udpPort }) => {
      const resolver = new (load('node:dns/promises').Resolver)({ timeout: 200, tries: 1 })
      resolver.setServers([`127.0.0.1:${udpPort}`])
      const error = await resolver.resolve4('name.example').catch((reason: unknown) => reason)
      // The server does not answer: one that can't be reached is another error.
      if (error.code !== 'ETIMEOUT') throw error
    }),
  },
  'dns/promises': 'part of dns',
  domain: 'watches its own process',
  events: 'computes',
  fs: {
    'does anything with a file': idle((at) => callAll(named(load('node:fs'), /^(?!exists|glob|realpath).*Sync$/), at)),
    'sees whether a file is there': refused(({ outside }) => load('node:fs').existsSync(`${outside}/secret`)),
    'lists files by a pattern': idle(({ outside }) => load('node:fs').globSync(`${outside}/*`).join('\n')),
    'sees which files are there, and where links lead': remains(({ outside }) =>
      load('node:fs').realpathSync(`${outside}/secret`),
    ),
    'reads a stream': refused(({ outside }) =>
      connected(load('node:fs').createReadStream(`${outside}/secret`), 'open'),
    ),
    'writes a stream': refused(({ outside }) =>
      connected(load('node:fs').createWriteStream(`${outside}/added`), 'open'),
    ),
    'opens a blob': refused(async ({ outside }) => (await load('node:fs').openAsBlob(`${outside}/secret`)).text()),
    'watches a folder': refused(({ outside }) => load('node:fs').watch(outside).path),
    'watches a file': refused(({ outside }) => load('node:fs').watchFile(`${outside}/secret`, () => undefined).path),
    'reads by a relative path': refused(({ outside }) =>
      load('node:fs').readFileSync(`${'../'.repeat(process.cwd().split('/').length)}${outside}/secret`, 'utf8'),
    ),
    "reads its parent's environment": refused(({ parent }) =>
      load('node:fs').readFileSync(`/proc/${parent}/environ`, 'utf8'),
    ),
    'reads about itself': refused(() => load('node:fs').readFileSync('/proc/self/maps', 'utf8')),
    'reads beside what it may read': idle(readableBesideGrants),
    'has a file open': idle(openFiles),
  },
  'fs/promises': {
    'does anything with a file': idle((at) => callAll(named(load('node:fs/promises'), /^(?!glob|watch)/), at)),
  },
  http: {
    connects: network(async ({ tcpPort }) => {
      const request = load('node:http').get({ host: '127.0.0.1', port: tcpPort })
      const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException>()
      request.on('error', resolve)
      // The server closes every connection.
      const error = await promise
      if (error.code !== 'ECONNRESET') throw error
    }),
  },
  http2: { connects: network(({ tcpPort }) => connected(load('node:http2').connect(`http://127.0.0.1:${tcpPort}`))) },
  https: 'part of http and tls',
  inspector: {
    'opens a port': refused(() => load('node:inspector').open(0)),
    'inspects itself': refused(() => new (load('node:inspector').Session)().connect()),
  },
  'inspector/promises': { 'inspects itself': refused(() => new (load('node:inspector/promises').Session)().connect()) },
  module: {
    'starts a thread for hooks': refused(() => load('node:module').register('data:text/javascript,')),
    'keeps compiled code': idle(({ outside }) => {
      const { enableCompileCache, flushCompileCache, constants } = load('node:module')
      const { status } = enableCompileCache(outside)
      flushCompileCache()
      return status === constants.compileCacheStatus.FAILED ? '' : `status ${status}`
    }),
    'runs code from elsewhere': refused(({ outside }) => load(`${outside}/code.cjs`)),
  },
  net: {
    connects: network(({ tcpPort }) => connected(load('node:net').connect(tcpPort, '127.0.0.1'))),
    'makes a Unix socket': remains(({ outside }) =>
      connected(load('node:net').createServer().listen(`${outside}/socket`), 'listening'),
    ),
  },
  os: { "lowers its parent's priority": remains(({ parent }) => load('node:os').setPriority(parent, 1)) },
  path: 'computes',
  'path/posix': 'computes',
  'path/win32': 'computes',
  perf_hooks: 'watches its own process',
  process: 'has a table of its own',
  punycode: 'computes',
  querystring: 'computes',
  readline: 'reads streams that are open',
  'readline/promises': 'reads streams that are open',
  repl: {
    'writes its history': idle(async ({ outside }) => {
      const { PassThrough } = load('node:stream')
      const repl = load('node:repl').start({ input: new PassThrough(), output: new PassThrough() })
      await new Promise((resolve) => repl.setupHistory(`${outside}/added`, resolve))
      repl.commands.save.action.call(repl, `${outside}/added`)
      return ''
    }),
  },
  stream: 'passes on bytes',
  'stream/consumers': 'passes on bytes',
  'stream/promises': 'passes on bytes',
  'stream/web': 'passes on bytes',
  string_decoder: 'computes',
  sys: 'part of util',
  timers: 'waits',
  'timers/promises': 'waits',
  tls: {
    connects: network(({ tcpPort }) => connected(load('node:tls').connect(tcpPort, '127.0.0.1'))),
    'loads an engine': refused(() =>
      load('node:tls').createSecureContext({ privateKeyEngine: 'x', privateKeyIdentifier: 'y' }),
    ),
    // It reads a file that the environment names, but what it returns are certificates, and nothing else of the file.
    'reads a key beside certificates': idle(({ outside }) => {
      process.env.SSL_CERT_FILE = `${outside}/secret`
      process.env.SSL_CERT_DIR = outside
      return load('node:tls').getCACertificates('system').join('\n')
    }),
  },
  trace_events: {
    'writes a trace': refused(() =>
      load('node:trace_events')
        .createTracing({ categories: ['v8'] })
        .enable(),
    ),
  },
  tty: 'reads and writes descriptors that are open',
  url: 'computes',
  util: 'computes',
  'util/types': 'computes',
  v8: {
    // Harmless by itself: if one flag can't be changed, then none that names a file.
    'changes a flag': ends(() => load('node:v8').setFlagsFromString('--trace-opt')),
    'has V8 write what it compiles': ends(({ outside }) => {
      const { setFlagsFromString } = load('node:v8')
      setFlagsFromString('--redirect-code-traces')
      setFlagsFromString(`--redirect-code-traces-to=${outside}/added`)
      setFlagsFromString('--print-code')
      return new Function('return 1')()
    }),
    'writes a heap snapshot': refused(({ outside }) => load('node:v8').writeHeapSnapshot(`${outside}/added`)),
    'writes a heap snapshot when memory is short': refused(() => load('node:v8').setHeapSnapshotNearHeapLimit(1)),
    'writes coverage': idle(({ outside }) => {
      process.env.NODE_V8_COVERAGE = outside
      load('node:v8').takeCoverage()
      return ''
    }),
  },
  vm: 'runs code in its own process',
  wasi: {
    'opens a folder': refused(
      ({ outside }) => new (load('node:wasi').WASI)({ version: 'preview1', preopens: { '/': outside } }),
    ),
  },
  worker_threads: {
    'starts a thread': refused(() =>
      connected(new (load('node:worker_threads').Worker)('1', { eval: true }), 'online'),
    ),
  },
  zlib: 'computes',
  'node:sea': { 'reads an asset': refused(() => load('node:sea').getAsset('secret')) },
  'node:sqlite': {
    'opens a file': refused(({ outside }) => new (load('node:sqlite').DatabaseSync)(`${outside}/added`)),
    'writes a file by SQL': refused(({ outside }) =>
      new (load('node:sqlite').DatabaseSync)(':memory:').exec(`VACUUM INTO '${outside}/added'`),
    ),
    'is found otherwise': idle(() => (process.getBuiltinModule('node:sqlite') === undefined ? '' : 'found')),
  },
  'node:test': {
    'starts Node': refused(async ({ outside }) => {
      for await (const { type, data } of load('node:test').run({ files: [`${outside}/code.cjs`] })) {
        if (type === 'test:fail') throw data.details.error
      }
    }),
  },
  'node:test/reporters': 'formats text',
}

/** All functions of `process` and what is below it. */
export const processMembers: Modules = {
  _debugEnd: 'ends an inspector of its own',
  _debugProcess: 'sends a signal, like kill; services start with --disable-sigusr1',
  _fatalException: 'ends its own process',
  _getActiveHandles: { 'has a file open': idle(openFiles) },
  _getActiveRequests: 'lists what is open',
  _kill: 'part of kill',
  _linkedBinding: { 'loads a module of Node itself': refused(() => member('_linkedBinding')('fs')) },
  _rawDebug: 'writes to stderr',
  _startProfilerIdleNotifier: 'does nothing',
  _stopProfilerIdleNotifier: 'does nothing',
  _tickCallback: 'runs what waits in its own process',
  abort: 'ends its own process',
  availableMemory: 'has numbers',
  binding: {
    'loads a module of Node itself': refused(() => member('binding')('fs')),
    'loads what starts processes': refused(() => member('binding')('spawn_sync')),
  },
  chdir: { 'goes elsewhere': refused(({ outside }) => process.chdir(outside)) },
  constrainedMemory: 'has numbers',
  cpuUsage: 'has numbers',
  cwd: 'has a path',
  dlopen: {
    'loads an addon': refused(({ outside }) => process.dlopen({ exports: {} }, `${outside}/secret`)),
  },
  emitWarning: 'watches its own process',
  execve: { 'becomes another program': refused(() => process.execve?.('/bin/true', ['true'], {})) },
  exit: 'ends its own process',
  getActiveResourcesInfo: 'lists what is open',
  getBuiltinModule: 'finds the modules of the other table',
  getegid: 'has numbers',
  geteuid: 'has numbers',
  getgid: 'has numbers',
  getgroups: 'has numbers',
  getuid: 'has numbers',
  hasUncaughtExceptionCaptureCallback: 'watches its own process',
  hrtime: 'has numbers',
  initgroups: 'only of use to root',
  kill: { 'reaches its parent': remains(({ parent }) => process.kill(parent, 0)) },
  loadEnvFile: {
    'reads a file': refused(({ outside }) => {
      process.loadEnvFile(`${outside}/secret`)
      return JSON.stringify(process.env)
    }),
  },
  memoryUsage: 'has numbers',
  nextTick: 'runs what waits in its own process',
  openStdin: 'reads streams that are open',
  reallyExit: 'ends its own process',
  ref: 'waits',
  resourceUsage: 'has numbers',
  setSourceMapsEnabled: 'reads files by fs',
  setUncaughtExceptionCaptureCallback: 'watches its own process',
  setegid: 'only of use to root',
  seteuid: 'only of use to root',
  setgid: 'only of use to root',
  setgroups: 'only of use to root',
  setuid: 'only of use to root',
  threadCpuUsage: 'has numbers',
  umask: 'has a number of its own process',
  unref: 'waits',
  uptime: 'has numbers',
  'report.writeReport': {
    'writes a file': refused(({ outside }) => process.report.writeReport(`${outside}/added`)),
    'writes a file to a folder': refused(({ outside }) => {
      process.report.directory = outside
      process.report.writeReport('added')
    }),
    'writes a file as it ends': ends(({ outside }) => {
      process.report.directory = outside
      process.report.reportOnUncaughtException = true
      setImmediate(() => {
        throw new Error('nobody catches this')
      })
      return new Promise(() => undefined)
    }),
  },
  'report.getReport': 'tells about its own process',
  'permission.has': 'tells what it may do',
  'permission.drop': 'only takes permissions away',
}

function member(name: string): (...args: unknown[]) => unknown {
  return Reflect.get(process, name)
}

/** The module or the member of `process`, and what it does. */
export type AttemptName = string

const attempts: ReadonlyMap<AttemptName, Attempt> = new Map(
  Object.entries({ ...modules, ...processMembers }).flatMap(([of, made]) =>
    typeof made === 'string' ? [] : Object.entries(made).map(([what, attempt]) => [`${of} ${what}`, attempt] as const),
  ),
)

export function attemptNamed(name: AttemptName): Attempt {
  const attempt = attempts.get(name)
  if (attempt === undefined) throw new TypeError(`no attempt is called ${name}`)
  return attempt
}

export function attemptsOf(...outcomes: readonly Outcome[]): readonly AttemptName[] {
  return [...attempts].filter(([, { outcome }]) => outcomes.includes(outcome)).map(([name]) => name)
}
