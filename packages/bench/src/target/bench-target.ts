import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCa, freePort, type TestCa } from '@mtls-gateway/test-kit'
import { cores } from '../machine/cores.ts'
import { startNginx } from '../machine/nginx.ts'

export interface BenchTarget {
  readonly port: number
  /** `https://localhost:PORT`: the first of its addresses. */
  readonly url: string
  /** PEM of the CA that issued its certificate, and where that lies. */
  readonly ca: string
  readonly caFile: string
  readonly identityFiles: { readonly key: string; readonly certificate: string }
  /** Issues the certificates that it takes. */
  readonly clientCa: TestCa
  /** Each request as `time path subject status`, where it was to keep a log. */
  readonly logFile: string
  /** Listens on this Unix socket who is to take calls to `/hang`, and never to answer them. */
  readonly hangingSocket: string
  stop(): Promise<void>
}

export interface BenchTargetOptions {
  readonly directory: string
  /** `true`: what certificate came with each request is written down. */
  readonly log?: boolean
  /**
   * `true`: for some ten thousand connections of each subject. Several processes hold them, as each may have 20,000
   * files, and callers are told to keep them: they wait longer for their turn than many callers would by themselves.
   */
  readonly manyConnections?: boolean
  /** `true`: it runs only while nothing else wants its core. */
  readonly whenIdle?: boolean
}

/**
 * One for each subject, as Linux has ports for 28,232 connections to the same address, and each may have 10,000; and
 * some more, as attacks on what tenants share call so many targets.
 */
export const targetAddresses = Array.from({ length: 9 }, (_, n) => `127.0.0.${n + 1}`)

/** As long as usual JWTs are. */
const tokenOf1KiB = 't'.repeat(1_024)

/** What is answered, in bytes. */
const answers = { small: 30, '1m': 1_048_576, '1g': 2 ** 30 }

/**
 * An nginx that demands a client certificate. It answers with a few bytes, and in `X-Seen` with the call's own
 * `X-Call`, its path and the subject of that certificate, at `/token` with an access token, at
 * `/7/presented` with the subject of that certificate, with none at `/close`, where it closes the connection
 * afterwards, but at `/0/1g`, and to the bodies sent to `/0/both-1m` and `/0/sink`, once they have come whole: nginx's
 * `return` answers before, and clients then drop the connection.
 */
export async function startBenchTarget({
  directory,
  log = false,
  manyConnections = false,
  whenIdle = false,
}: BenchTargetOptions): Promise<BenchTarget> {
  const [clientCa, serverCa] = await Promise.all([createCa({ name: 'Client CA' }), createCa({ name: 'Server CA' })])
  const identity = await serverCa.issue({
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: targetAddresses,
    extendedKeyUsage: ['serverAuth'],
  })
  const file = (name: string) => join(directory, name)
  await mkdir(file('answers'), { recursive: true })
  await Promise.all([
    writeFile(file('server.pem'), identity.certificate),
    writeFile(file('server.key'), identity.privateKey),
    writeFile(file('server-ca.pem'), serverCa.certificate),
    writeFile(file('client-ca.pem'), clientCa.certificate),
    ...Object.entries(answers).map(([size, bytes]) => emptyFile(file(`answers/${size}`), bytes)),
  ])
  const port = await freePort()
  const http = configuration(directory, port, { log, manyConnections })
  const workers = manyConnections ? 4 : 1
  const { stop } = await startNginx({ directory, core: cores.load, port, http, workers, whenIdle })
  return {
    port,
    url: `https://localhost:${port}`,
    ca: serverCa.certificate,
    caFile: file('server-ca.pem'),
    identityFiles: { key: file('server.key'), certificate: file('server.pem') },
    clientCa,
    logFile: file('requests.log'),
    hangingSocket: file('hanging.sock'),
    stop,
  }
}

/** Zeros that take no room. */
async function emptyFile(path: string, bytes: number): Promise<void> {
  await writeFile(path, '')
  await truncate(path, bytes)
}

/** One cipher for all: else Go's clients would take a cheaper one than OpenSSL's. */
const configuration = (
  directory: string,
  port: number,
  { log, manyConnections }: Pick<Required<BenchTargetOptions>, 'log' | 'manyConnections'>,
): string => `
  map $http_x_call $seen { "" ""; default "$http_x_call $uri $ssl_client_s_dn"; }
  log_format identities '$msec $uri $ssl_client_s_dn $status';
  server {
${targetAddresses.map((address) => `    listen ${address}:${port} ssl backlog=4096 reuseport;`).join('\n')}
    ${log ? `access_log ${directory}/requests.log identities buffer=256k flush=1s;` : ''}
    ${manyConnections ? 'keepalive_timeout 1h 10m;' : ''}
    ssl_certificate ${directory}/server.pem;
    ssl_certificate_key ${directory}/server.key;
    ssl_client_certificate ${directory}/client-ca.pem;
    ssl_verify_client on;
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    client_body_buffer_size 1m;
    root ${directory}/answers;
    location / { default_type application/json; add_header X-Seen $seen; return 200 '{"answer":"of a small target"}'; }
    location ~ /presented$ { default_type text/plain; return 200 $ssl_client_s_dn; }
    location = /token { default_type application/json; return 200 '{"access_token":"${tokenOf1KiB}","token_type":"Bearer"}'; }
    location = /close { keepalive_timeout 0; return 200; }
    location = /0/1g { try_files /1g =404; }
${readingFirst('/0/both-1m', '1m')}
${readingFirst('/0/sink', 'small')}
    location = /hang { proxy_read_timeout 1h; proxy_pass http://unix:${directory}/hanging.sock; }
  }
  upstream answers { server unix:${directory}/answers.sock; keepalive 64; }
  server {
    listen unix:${directory}/answers.sock;
    root ${directory}/answers;
  }`

/** A second server answers, which is asked when the body is here. */
const readingFirst = (path: string, answer: string): string => `
    location = ${path} {
      proxy_method GET;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header Connection "";
      proxy_http_version 1.1;
      proxy_pass http://answers/${answer};
    }`
