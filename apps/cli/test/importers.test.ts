import { spawnSync } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { documentRequest } from '@mtls-gateway/contract'
import { createCa, withTools } from '@mtls-gateway/test-kit'
import { documentService, unchanged } from './document-service.ts'
import { mtls } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const samples = new URL('importers/', import.meta.url).pathname

/** What an importer prints, once it has been sent as a document. */
async function imported(args: readonly string[], stdin = '') {
  const ended = await mtls(['import', ...args], { stdin })
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'account.yaml'), ended.stdout)
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
  for (const name of ['bank-ca', 'sds-ca']) await writeFile(join(directory, `${name}.pem`), pem)
  const { run, sent } = await documentService(() => ({ body: unchanged }))
  const diff = await run(['diff', '-f', join(directory, 'account.yaml')])
  expect(diff).toMatchObject({ exitCode: 0, stderr: '' })
  const document = documentRequest.parse(sent[0]?.body)
  const lines = ended.stderr.replaceAll(samples, '').trimEnd().split('\n')
  return { ...ended, document, mappings: document.mappings ?? {}, lines }
}

/** What tells mappings apart, beside the certificate. */
const client = { service: 'IDP', certificate: 'client' }
const tls13 = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']

describe('mtls import nginx', () => {
  it('makes a mapping of each location that presents a certificate, and names by its line what it leaves out', async () => {
    const { document, mappings, lines } = await imported(['nginx', `${samples}nginx.conf`])
    expect(document).toMatchObject({ certificates: { client: {} }, trusts: { 'bank-ca': {} } })
    expect(mappings).toEqual({
      'localhost-8443-v1': {
        ...{ ...client, trust: 'bank-ca', url: 'https://localhost:8443/v1/*', answerTimeoutSeconds: 90 },
        targetTrust: { serverName: 'api.bank.example' },
        targetTls: {
          maxVersion: '1.2',
          ciphers: ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384'],
        },
      },
      '127-0-0-1-9443-token': {
        ...{ ...client, trust: 'bank-ca', url: 'https://127.0.0.1:9443/token' },
        targetTls: { legacyRenegotiation: true, groups: ['X25519', 'P-256'] },
      },
      '127-0-0-1-9444-sap': {
        ...{ ...client, trust: 'bank-ca', url: 'https://127.0.0.1:9444/sap' },
        targetTls: { ciphers: ['ECDHE-RSA-AES128-GCM-SHA256', ...tls13] },
      },
      '127-0-0-1-9444-sap-2': {
        ...{ ...client, trust: 'bank-ca', url: 'https://127.0.0.1:9444/sap/*' },
        targetTls: { ciphers: ['ECDHE-RSA-AES128-GCM-SHA256', ...tls13] },
      },
      '127-0-0-1-9445': { ...client, trust: 'bank-ca', url: 'https://127.0.0.1:9445/*' },
    })
    expect(lines).toEqual([
      'nginx.conf:3 proxy_cache_path cache keys_zone=c:1m has no counterpart here.',
      'nginx.conf:8 server 127.0.0.2:8443 backup is left out: a mapping has one target, and localhost:8443 is imported.',
      'nginx.conf:9 keepalive 16 has no counterpart here.',
      'nginx.conf:13 access_log off has no counterpart here.',
      'nginx.conf:16 location /static is left out: it has no proxy_pass to https://.',
      'nginx.conf:20 proxy_set_header Authorization is left out: calls have the header fields of their callers. One that the target wants is a targetAuth.',
      'nginx.conf:22 proxy_ssl_protocols TLSv1.1 TLSv1.2 is imported without TLSv1.1, which is too weak here.',
      'nginx.conf:24 proxy_buffering off has no counterpart here.',
      'nginx.conf:28 proxy_ssl_ciphers HIGH:!aNULL is left out: name each cipher in targetTls, as openssl ciphers lists them.',
      'nginx.conf:34 proxy_ssl_verify off is left out: the gateway always verifies its targets.',
      'nginx.conf:36 if ($request_method = POST) is left out, with what is in it: a mapping has no conditions.',
      'nginx.conf:38 proxy_pass https://127.0.0.1:9445 is imported for the whole host: the location has no path that a mapping could name.',
      'nginx.conf:40 resolver 127.0.0.1 has no counterpart here.',
      'nginx.conf:41 proxy_pass https://$arg_host is left out: its url has a variable. Map each url that it can be, or a pattern.',
      'nginx.conf:43 location /plain/ is left out: it has no proxy_pass to https://.',
      'nginx.conf:47 proxy_pass https://127.0.0.1:9446 is left out: it presents no client certificate that is in a file.',
      'nginx.conf:49 server is left out: it has no proxy_pass to https://.',
      'Upload the certificate: mtls upload client.pem --key client.key --name client',
      'Copy bank-ca.pem beside the document, as bank-ca.pem.',
    ])
  })

  it.each([
    ['http { server {', /^stdin:1 "server" does not end\.$/m],
    ['server { } }', /^stdin:1 This brace closes nothing\.$/m],
    ['a;\n{ }', /^stdin:2 A block has no name\.$/m],
    ['a "b', /^stdin:1 A quote does not end\.$/m],
    ['a {'.repeat(100), /^stdin:1 Blocks are nested too deep\.$/m],
  ])('says where a file cannot be read: %j', async (text, said) => {
    const ended = await mtls(['import', 'nginx', '-'], { stdin: text })
    expect(ended).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(said) })
  })

  it('reads quotes, variables, comments and Lua as nginx does', async () => {
    const { mappings } = await imported(
      ['nginx', '-', '--service-name', 'billing'],
      `server {
        # location /no { proxy_pass https://no.example; }
        content_by_lua_block { if a then return "}" .. '{' end } 
        set $x "a;b{c}"; set $y $\{x}z;
        proxy_ssl_certificate 'client.pem'; proxy_ssl_certificate_key client.pem;
        location "/a b/" { proxy_pass "https://a.example"; }
        location =/exact { proxy_pass https://a.example; }
        location /out/ { proxy_pass https://a.example/in/; location /out/deep/ { proxy_pass https://b.example/; } }
      }`,
    )
    expect(Object.values(mappings)).toEqual([
      { service: 'billing', certificate: 'client', url: 'https://a.example/a%20b/*' },
      { service: 'billing', certificate: 'client', url: 'https://a.example/exact' },
      { service: 'billing', certificate: 'client', url: 'https://a.example/in/*' },
      { service: 'billing', certificate: 'client', url: 'https://b.example/*' },
    ])
  })

  it('says so if nothing is imported', async () => {
    const ended = await mtls(['import', 'nginx', '-'], { stdin: 'server { listen 80; }' })
    expect(ended).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Nothing in - calls a target/m),
    })
  })

  withTools(it, 'nginx')('is tried with what nginx itself takes, and follows the includes of nginx -T', async () => {
    const directory = await temporaryDirectory()
    const ca = await createCa()
    const { certificate, privateKey } = await ca.issue({ commonName: 'client' })
    await mkdir(join(directory, 'servers'))
    await mkdir(join(directory, 'logs'))
    await cp(`${samples}nginx.conf`, join(directory, 'nginx.conf'))
    const files = { 'client.pem': certificate, 'client.key': privateKey, 'bank-ca.pem': ca.certificate }
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content)
    await writeFile(join(directory, 'main.conf'), 'events {}\nhttp {\n  include servers/*.conf;\n}\n')
    const server = [
      'server {',
      '  listen 127.0.0.1:8084;',
      '  location /v1/ {',
      '    proxy_pass https://127.0.0.1:9443;',
      '    include tls.inc;',
      '  }',
      '}',
    ]
    await writeFile(join(directory, 'servers', 'bank.conf'), server.join('\n'))
    await writeFile(
      join(directory, 'tls.inc'),
      'proxy_ssl_certificate client.pem;\nproxy_ssl_certificate_key client.key;\nproxy_ssl_verify off;\n',
    )
    const nginx = (...args: readonly string[]) => {
      const global = `pid ${directory}/pid; error_log stderr;`
      return spawnSync('nginx', ['-p', directory, '-g', global, ...args], { encoding: 'utf8' })
    }
    const tested = nginx('-t', '-c', join(directory, 'nginx.conf'))
    expect({ status: tested.status, said: tested.status === 0 ? '' : tested.stderr }).toEqual({ status: 0, said: '' })
    const dump = nginx('-T', '-c', join(directory, 'main.conf'))
    expect(dump.status).toBe(0)
    const { mappings, lines } = await imported(['nginx', '-'], dump.stdout)
    expect(Object.values(mappings)).toEqual([{ ...client, url: 'https://127.0.0.1:9443/v1/*' }])
    expect(lines).toEqual([
      `${directory}/tls.inc:3 proxy_ssl_verify off is left out: the gateway always verifies its targets.`,
      expect.stringMatching(/^Upload the certificate: /),
    ])
  })
})

describe('mtls import kong', () => {
  it('makes a mapping of each service that presents a certificate, and never prints a key', async () => {
    const { document, mappings, stdout, stderr, lines } = await imported(['kong', `${samples}kong.yaml`])
    expect(document.certificates).toEqual({ 'client-internal': {} })
    const one = { service: 'IDP', certificate: 'client-internal' }
    expect(mappings).toEqual({
      'bank-example-v1': { ...one, url: 'https://bank.example/v1/*', trust: 'bank-ca', answerTimeoutSeconds: 90 },
      'sap1-example-8443-api': {
        ...{ ...one, url: 'https://sap1.example:8443/api/*', enable: false },
        targetTrust: { serverName: 'sap.example' },
      },
    })
    expect(document.trusts?.['bank-ca']?.caCertificates).toMatch(/^-----BEGIN CERTIFICATE-----\nMIIC\n/)
    expect(stdout + stderr).not.toMatch(/PRIVATE KEY|SECRET/)
    expect(lines).toEqual([
      'kong.yaml:8 tls_verify_depth of service bank has no counterpart here.',
      'kong.yaml:10 retries of service bank has no counterpart here.',
      'kong.yaml:11 routes are left out: callers name the url of the target, so there are no routes.',
      'kong.yaml:14 plugins of service bank has no counterpart here.',
      'kong.yaml:16 service sap does not verify its target (tls_verify). The gateway does.',
      'kong.yaml:23 service plain is left out: its url does not begin with https://.',
      'kong.yaml:25 service nocert is left out: it presents no client certificate.',
      'kong.yaml:32 target sap2.example:8443 is left out: a mapping has one target, and sap1.example:8443 is imported.',
      'kong.yaml:51 consumers has no counterpart here.',
      'Upload the certificate 4e8d95d4-40f2-4818-adcb-30e00c349618 of Kong, which is in line 34: mtls upload client-internal.pem --key client-internal.key --name client-internal',
    ])
  })
})

describe('mtls import envoy', () => {
  it('makes a mapping of each static cluster that presents a certificate, from files or by SDS', async () => {
    const { document, mappings, lines } = await imported(['envoy', `${samples}envoy.yaml`])
    expect(document.certificates).toEqual({ client: {}, 'client-cert': {} })
    expect(mappings).toEqual({
      '10-0-0-1-8443': { service: 'IDP', url: 'https://10.0.0.1:8443/*', certificate: 'client-cert', trust: 'sds-ca' },
      'bank-example': {
        ...{ ...client, url: 'https://bank.example/*', trust: 'bank-ca' },
        targetTrust: {
          spkiPins: ['sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
          serverName: 'api.bank.example',
        },
        targetTls: {
          ...{ minVersion: '1.2', maxVersion: '1.3', groups: ['X25519', 'P-256'] },
          ciphers: ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', ...tls13],
        },
      },
    })
    expect(lines).toEqual([
      'envoy.yaml:2 listeners are left out: callers name the url of the target, so there are no routes.',
      'envoy.yaml:6 connect_timeout of cluster bank has no counterpart here.',
      'envoy.yaml:12 endpoint b2.example:443 is left out: a mapping has one target, and bank.example:443 is imported.',
      'envoy.yaml:19 alpn_protocols of cluster bank has no counterpart here.',
      'envoy.yaml:32 match_typed_subject_alt_names of cluster bank has no counterpart here.',
      'envoy.yaml:53 cluster plain is left out: it does not call by TLS.',
      'Upload the certificate: mtls upload /etc/envoy/client.pem --key /etc/envoy/client.key --name client',
      'Copy /etc/envoy/bank-ca.pem beside the document, as bank-ca.pem.',
      'Upload the certificate that Envoy takes from /etc/envoy/sds/tls.yaml as the secret client_cert: mtls upload client-cert.pem --key client-cert.key --name client-cert',
    ])
  })

  it('takes JSON, and says where a file is none', async () => {
    const json = JSON.stringify((await import('yaml')).parse(await readFile(`${samples}envoy.yaml`, 'utf8')))
    expect(Object.keys((await imported(['envoy', '-'], json)).mappings)).toHaveLength(2)
    for (const text of ['[]', '{}', 'null', 'static_resources: { clusters: [1, { name: [] }] }']) {
      expect(await mtls(['import', 'envoy', '-'], { stdin: text })).toMatchObject({ exitCode: 1, stdout: '' })
      expect(await mtls(['import', 'kong', '-'], { stdin: text })).toMatchObject({ exitCode: 1, stdout: '' })
    }
    const broken = await mtls(['import', 'envoy', '-'], { stdin: 'a: [\n' })
    expect(broken).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/^stdin:2 /) })
  })
})
