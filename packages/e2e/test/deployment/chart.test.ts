import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { vaultRoles } from '@mtls-gateway/secret-store/vault-setup'
import { withTools } from '@mtls-gateway/test-kit'
import { parse, stringify } from 'yaml'
import { manifests } from '../../../../infra/kubernetes/write.ts'
import { root } from '../support/entries.ts'
import { findHelmTools, type KubernetesObject, objectNamed, objectsOf, writeSchemas } from '../support/manifests.ts'

const chart = join(root, 'infra/helm')
const valuesOfManifests = join(root, 'infra/kubernetes/values.yaml')
const tools = findHelmTools()

/** The oldest version that Chart.yaml takes, and the newest one that there are schemas for. */
const kubernetesVersions = ['1.25.0', '1.37.0']

/** With everything that is off by default. */
const everything = {
  externalSecrets: { enabled: true },
  monitoring: { enabled: true, labels: { release: 'prometheus' } },
  images: { pullSecrets: ['registry'] },
  settings: { TARGET_ALLOW_CIDRS: '10.20.0.0/16, fd00:1::/64', TARGET_PORTS: '443,9443' },
  forwarderApi: { settings: { THROTTLE_PER_SECOND: '300' }, mounts: [{ name: 'egress', secret: 'egress-proxies' }] },
  configApi: {
    image: `registry.example/config-api@sha256:${'0'.repeat(64)}`,
    mounts: [{ name: 'rules', configMap: 'rules' }],
  },
  edge: { service: { separate: true, annotations: { internal: 'true' }, sourceRanges: ['198.51.100.0/24'] } },
  pods: {
    nodeSelector: { pool: 'gateway' },
    tolerations: [{ key: 'gateway', operator: 'Exists', effect: 'NoSchedule' }],
    priorityClassName: 'high',
  },
  network: {
    egress: [{ to: [{ ipBlock: { cidr: '192.0.2.7/32' } }], ports: [{ port: 3128 }] }],
  },
}

const variants = [{}, everything, { edge: { enabled: false }, console: { enabled: false } }]

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'chart-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

function run(tool: string, args: readonly string[], input?: string) {
  // Nothing of the machine's own configuration or cluster.
  const env = { PATH: process.env.PATH, HOME: directory }
  return spawnSync(join(tools, tool), args, { encoding: 'utf8', env, input, maxBuffer: 2 ** 26 })
}

function outputOf(tool: string, args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = run(tool, args, input)
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

let written = 0
function template(values: object = {}) {
  const file = join(directory, `values-${written++}.yaml`)
  writeFileSync(file, stringify(values))
  const args = ['template', 'mtls-gateway', chart, '--namespace', 'mtls-gateway', '--values', valuesOfManifests]
  return [...args, '--values', file]
}

const renderings = new Map<string, string>()
function rendered(values: object = {}): string {
  const key = JSON.stringify(values)
  const known = renderings.get(key) ?? outputOf('helm', template(values))
  renderings.set(key, known)
  return known
}
const objects = (values?: object) => objectsOf(rendered(values))

/** By kind and name. */
function byName(all: readonly KubernetesObject[]): Readonly<Record<string, KubernetesObject>> {
  return Object.fromEntries(all.map((object) => [`${object.kind} ${object.metadata.name}`, object]))
}

const deployments = (all: readonly KubernetesObject[]) => all.filter(({ kind }) => kind === 'Deployment')

/**
 * As the chart has it: the namespace is that of the release, and whoever installs it makes it; ConfigMaps have no hash
 * in their names.
 */
function kustomized(folder: string): readonly KubernetesObject[] {
  const text = outputOf('kustomize', ['build', folder])
  return objectsOf(text.replaceAll(/\b(settings|edge)-[a-z0-9]{10}\b/g, '$1'))
    .filter(({ kind }) => kind !== 'Namespace')
    .map(({ metadata: { namespace, ...metadata }, ...object }) => {
      expect(namespace).toBe('mtls-gateway')
      return { ...object, metadata }
    })
}

/** Without what takes the place of the hash. */
function withoutChecksums(all: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return all.map((object) => {
    if (object.kind !== 'Deployment') return object
    const { annotations, ...metadata } = object.spec.template.metadata
    expect(Object.keys(annotations)).toEqual([expect.stringMatching(/^checksum\/(settings|edge)$/)])
    return { ...object, spec: { ...object.spec, template: { ...object.spec.template, metadata } } }
  })
}

const text = (path: string) => readFileSync(join(root, path), 'utf8')

withTools(describe, 'Helm and checkers')('the chart', () => {
  it('gives the objects that kustomize gives', () => {
    expect(byName(withoutChecksums(objects()))).toEqual(byName(kustomized(join(root, 'infra/kubernetes'))))
  })

  it('gives those of infra/observability where the Prometheus Operator is', () => {
    const without = new Set(Object.keys(byName(objects())))
    const added = objects({ monitoring: { enabled: true } }).filter(
      (each) => !without.has(`${each.kind} ${each.metadata.name}`),
    )
    expect(byName(added)).toEqual(byName(kustomized(join(root, 'infra/observability'))))
  })

  it('gives those of the component for the External Secrets Operator, whose Secrets have the names that pods mount', () => {
    const folder = mkdtempSync(join(directory, 'overlay-'))
    const base = relative(folder, join(root, 'infra/kubernetes'))
    const overlay = { resources: [base], components: [`${base}/external-secrets`] }
    writeFileSync(join(folder, 'kustomization.yaml'), stringify(overlay))
    const secrets = kustomized(folder).filter(({ kind }) => kind === 'ExternalSecret')
    const own = objects({ externalSecrets: { enabled: true } }).filter(({ kind }) => kind === 'ExternalSecret')
    expect(own).toEqual(secrets)
    const mounted = rendered().matchAll(/(?:secretName: |secretKeyRef: \{ name: )([a-z-]+)/g)
    expect(new Set(own.map(({ metadata }) => metadata.name))).toEqual(new Set([...mounted].map(([, name]) => name)))
  })

  it('is what the manifests beside it are made of', () => {
    for (const [file, made] of manifests(join(tools, 'helm'))) {
      expect({ file, text: text(`infra/${file}`) }).toEqual({ file, text: made })
    }
  })

  it('has the version of the release', () => {
    const { version } = JSON.parse(text('package.json'))
    expect(parse(text('infra/helm/Chart.yaml'))).toMatchObject({ version, appVersion: version })
  })

  it('pleases helm lint', () => {
    const file = join(directory, 'everything.yaml')
    writeFileSync(file, stringify(everything))
    for (const more of [[], ['--values', file]]) {
      outputOf('helm', ['lint', '--strict', chart, '--values', valuesOfManifests, ...more])
    }
  })

  it.each(kubernetesVersions)('has no field that Kubernetes %s does not know', (version) => {
    const locations = writeSchemas(tools, directory).flatMap((path) => ['-schema-location', path])
    // Once, and by one worker: each reads the schemas for itself, which takes a second of processor time.
    const args = ['-n', '1', '-strict', '-summary', '-output', 'json', '-kubernetes-version', version, ...locations]
    const wrong = rendered().replace('maxUnavailable: 1', 'maxUnavailable: 1\n  maxUnvailable: 1')
    const unknown = rendered(everything).replace(
      'podMetricsEndpoints:',
      'podMetricEndpoints: []\n  podMetricsEndpoints:',
    )
    const all = [...variants.map(rendered), wrong, unknown].join('')
    const { resources, summary } = JSON.parse(run('kubeconform', args, all).stdout)
    expect(resources).toMatchObject([
      { kind: 'PodDisruptionBudget', msg: expect.stringContaining('maxUnvailable') },
      { kind: 'PodMonitor', msg: expect.stringContaining('podMetricEndpoints') },
    ])
    expect(summary).toEqual({ valid: objectsOf(all).length - 2, invalid: 2, errors: 0, skipped: 0 })
  })

  it('has nothing critical for kube-score, by Helm or kustomize', () => {
    const kustomize = outputOf('kustomize', ['build', join(root, 'infra/kubernetes')])
    for (const all of [kustomize, ...variants.map(rendered)]) {
      const { stdout } = run('kube-score', ['score', '--output-format', 'ci', '-'], all)
      expect(stdout.split('\n').filter((line) => /^\[(CRITICAL|WARNING)\]/.test(line))).toEqual([])
      expect(stdout).toContain('[OK]')
    }
  })

  it('asks kube-score not to look only where a comment says why, and looks itself', () => {
    for (const { metadata, spec } of deployments(objects())) {
      const isAsked = ['container-image-pull-policy', 'container-resources']
      const own = ['prober', 'edge'].includes(metadata.name) ? ['pod-probes-identical'] : []
      expect(metadata.annotations?.['kube-score/ignore']).toBe([...isAsked, ...own].join(','))
      for (const { resources } of spec.template.spec.containers) {
        expect(resources).toMatchObject({ requests: { cpu: expect.anything() }, limits: { memory: expect.anything() } })
      }
    }
    for (const [file, made] of manifests(join(tools, 'helm'))) {
      for (const [, comment] of made.matchAll(
        /^(.*)\n +(?:kube-score\/ignore: .*probes|imagePullPolicy:|resources:)/gm,
      )) {
        expect({ file, comment }).toEqual({ file, comment: expect.stringMatching(/^ +# /) })
      }
    }
  })
})

withTools(describe, 'Helm and checkers')('the values of the chart', () => {
  it.each([
    [{ urls: { configApi: '' } }, '/urls/configApi'],
    [{ urls: { forwarderApi: 'http://forwarder-api.example' } }, '/urls/forwarderApi'],
    [{ urls: { console: '' } }, '/urls/console'],
    [{ url: {} }, "'url'"],
    [{ configApi: { replica: 3 } }, "'replica'"],
    [{ configApi: { replicas: 0 } }, '/configApi/replicas'],
    [{ secrets: { redis: 'Redis' } }, '/secrets/redis'],
    [{ secrets: { vault: 'token' } }, "'vault'"],
    [{ settings: { THROTTLE_PER_SECOND: 300 } }, '/settings/THROTTLE_PER_SECOND'],
    [{ settings: { throttle: '300' } }, "'throttle'"],
    [{ settings: { TARGET_PORTS: '443,' } }, '/settings/TARGET_PORTS'],
    [{ settings: { TARGET_ALLOW_CIDRS: '10.20.0.0/16,' } }, '/settings/TARGET_ALLOW_CIDRS'],
    [{ forwarderApi: { mounts: [{ name: 'both', secret: 'a', configMap: 'b' }] } }, '/forwarderApi/mounts/0'],
    [{ forwarderApi: { resources: { limits: { memory: '1 GiB' } } } }, '/forwarderApi/resources/limits/memory'],
    [{ network: { egress: [{ ports: [{ port: 25 }] }] } }, '/network/egress/0'],
    [{ network: { dns: [] } }, '/network/dns'],
    [{ network: { dns: null } }, 'network.dns: without a name server'],
  ])('refuse %j, naming %s', (values, named) => {
    const { status, stderr } = run('helm', template(values))
    expect(status).not.toBe(0)
    expect(stderr).toContain(named)
  })

  /** Each reason for which a template refuses them. */
  function refusals(values: object): readonly string[] {
    const { status, stderr } = run('helm', template(values))
    expect(status).not.toBe(0)
    return stderr.split('\n').filter((line) => line.startsWith('- '))
  }

  it('refuse what looks right and cannot work, all at once, and say why', () => {
    const values = {
      urls: {
        forwarderApi: 'https://mtls.example,https://Config-API.example:443/',
        console: 'https://mtls.example/console',
      },
      settings: { TOKEN_ISSUER: 'https://other.example', AUDIT_FILE: '/audit.log', VAULT_TOKEN: 'hvs.x' },
      configApi: {
        settings: { CONFIG_API_PORT: '8085', CONSOLE_URL: 'https://other.example', TARGET_PORTS: '9443' },
        mounts: [
          { name: 'vault-token', secret: 'one' },
          { name: 'rules', secret: 'one' },
          { name: 'rules', configMap: 'two' },
        ],
      },
      forwarderApi: { minReplicas: 20 },
      network: { vault: '' },
      edge: { service: { type: 'NodePort' } },
    }
    expect(refusals(values)).toEqual([
      expect.stringContaining('urls.forwarderApi is that of urls.configApi. The services share paths'),
      expect.stringContaining('urls.console: https://mtls.example/console is more than a host and a port'),
      expect.stringContaining('settings.AUDIT_FILE: pods have no file system that they can write to'),
      expect.stringContaining('settings.TOKEN_ISSUER: the chart sets it itself, by urls.tokenIssuer'),
      expect.stringContaining('settings.VAULT_TOKEN: pods log in to Vault by their service accounts'),
      expect.stringContaining('configApi.settings.CONFIG_API_PORT: probes, Services and the network policy have'),
      expect.stringContaining('configApi.settings.CONSOLE_URL: the chart sets it itself, by urls.console'),
      expect.stringContaining('configApi.settings.TARGET_PORTS: set it in `settings`, for all services'),
      expect.stringContaining('configApi.mounts: the name vault-token is taken'),
      expect.stringContaining('configApi.mounts: the name rules is taken'),
      expect.stringContaining('network.vault is the name of a namespace. If yours is outside of the cluster'),
      expect.stringContaining('forwarderApi.minReplicas: 20 is more than maxReplicas, which is 12'),
      expect.stringContaining('edge.service.type: NodePort is not supported'),
    ])
  })

  it('refuse every variable and every volume that a service has of the chart itself', () => {
    const services = {
      'config-api': 'configApi',
      'forwarder-api': 'forwarderApi',
      prober: 'prober',
      console: 'console',
    }
    const all = deployments(objects({ console: { settings: { OIDC_CLIENT_ID: null, OIDC_SCOPES: null } } }))
    const own = ['SECRET_STORE', 'VAULT_ADDR', 'VAULT_KUBERNETES_JWT_FILE', 'TOKEN_ISSUER', 'TOKEN_JWKS_URL']
    for (const [name, value] of Object.entries(services)) {
      const { containers, volumes } = objectNamed(all, 'Deployment', name).spec.template.spec
      const names = (of: readonly { readonly name: string }[]) => of.map((each) => each.name)
      const variables = [...own, ...names(containers[0].env)]
      const settings = Object.fromEntries(variables.map((each) => [each, 'other']))
      const mounts = names(volumes).map((each) => ({ name: each, secret: 'other' }))
      const refused = refusals({ [value]: { settings, mounts } })
      for (const each of variables)
        expect(refused).toContainEqual(expect.stringContaining(`${value}.settings.${each}:`))
      for (const each of mounts)
        expect(refused).toContainEqual(expect.stringContaining(`the name ${each.name} is taken`))
    }
  })

  it('refuse any other login to Vault, and any port of a service', () => {
    const logins = ['VAULT_ROLE_ID', 'VAULT_SECRET_ID_FILE', 'VAULT_GC_ROLE_ID', 'VAULT_GC_SECRET_ID_FILE']
    const ports = ['CONFIG_API', 'FORWARDER_API', 'PROBER', 'CONSOLE'].flatMap((service) => [
      `${service}_PORT`,
      `${service}_MANAGEMENT_PORT`,
    ])
    const names = [...logins, ...ports]
    const refused = refusals({ settings: Object.fromEntries(names.map((name) => [name, '1'])) })
    expect(refused.map((line) => line.split(':')[0])).toEqual(names.map((name) => `- settings.${name}`).sort())
  })

  it('may be several urls of one service, of which the console shows the first', () => {
    const urls = { forwarderApi: 'https://mtls.example, https://mtls.internal:8443' }
    const variable = (deployment: string, wanted: string) =>
      objectNamed(objects({ urls }), 'Deployment', deployment).spec.template.spec.containers[0].env.find(
        ({ name }: { readonly name: string }) => name === wanted,
      ).value
    expect(variable('forwarder-api', 'PUBLIC_BASE_URLS')).toBe(urls.forwarderApi)
    expect(variable('console', 'FORWARDER_URL')).toBe('https://mtls.example')
  })

  it('need nothing but urls', () => {
    const args = ['template', 'mtls-gateway', chart]
    const { status, stderr } = run('helm', args)
    expect(status).not.toBe(0)
    for (const name of ['configApi', 'forwarderApi', 'vault', 'tokenIssuer', 'tokenKeys']) {
      expect(stderr).toContain(`/urls/${name}`)
    }
    const urls = [...'configApi forwarderApi vault tokenIssuer tokenKeys'.split(' '), 'console'].flatMap((name) => [
      '--set',
      `urls.${name}=https://${name.toLowerCase()}.example`,
    ])
    expect(objectsOf(outputOf('helm', [...args, ...urls]))).toHaveLength(objects().length)
  })

  it('are settings that the services know', () => {
    const settings = text('docs/configuration.md')
    const known = new Set([...settings.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, name]) => name))
    const all = objects(everything)
    const variables = deployments(all).flatMap(({ spec }) =>
      spec.template.spec.containers.flatMap(
        ({ env = [] }: { readonly env?: readonly { readonly name: string }[] }) => env,
      ),
    )
    const names = [
      ...variables.map(({ name }) => name),
      ...Object.keys(objectNamed(all, 'ConfigMap', 'settings').data ?? {}),
    ]
    expect(names.filter((name) => !known.has(name))).toEqual([])
    expect(names.length).toBeGreaterThan(30)
  })

  it('take a setting out by null: there are public CAs', () => {
    const settings = { VAULT_CA_FILE: null, REDIS_CA_FILE: null }
    const names = Object.keys(objectNamed(objects({ settings }), 'ConfigMap', 'settings').data ?? {})
    expect(names.filter((name) => name.endsWith('_CA_FILE'))).toEqual([])
    expect(names).toContain('VAULT_KUBERNETES_JWT_FILE')
  })

  it('log in by the roles of the mount, which setup names like it', () => {
    const settings = { VAULT_MOUNT: 'team/mtls', VAULT_KUBERNETES_MOUNT: 'kubernetes-west' }
    const roles = [...rendered({ settings }).matchAll(/name: VAULT_(?:GC_)?KUBERNETES_ROLE, value: (\S+) /g)]
    expect(roles.map(([, role]) => role).sort()).toEqual(vaultRoles.map((role) => `team-mtls-${role}`).sort())
    expect(objectNamed(objects({ settings }), 'ConfigMap', 'settings').data).toMatchObject(settings)
  })

  it('lets targets of private ranges and other ports through both guard and network policy', () => {
    const all = objects(everything)
    expect(objectNamed(all, 'ConfigMap', 'settings').data).toMatchObject({
      TARGET_ALLOW_CIDRS: '10.20.0.0/16, fd00:1::/64',
    })
    type Rule = { readonly to: readonly object[]; readonly ports: readonly object[] }
    const rulesOf = (values: object): readonly Rule[] =>
      objectNamed(objects(values), 'NetworkPolicy', 'gateway').spec.egress
    const targetsIn = (values: object) => rulesOf(values).find(({ to }) => to.some((each) => 'ipBlock' in each)) as Rule
    const rules = rulesOf(everything)
    const toTargets = targetsIn(everything)
    expect(targetsIn({ settings: { TARGET_PORTS: 'any' } }).ports).toEqual([{ protocol: 'TCP' }])
    expect(toTargets.ports).toEqual([{ port: 443 }, { port: 9443 }])
    expect(toTargets.to.slice(2)).toEqual([{ ipBlock: { cidr: '10.20.0.0/16' } }, { ipBlock: { cidr: 'fd00:1::/64' } }])
    expect(rules.at(-1)).toEqual(everything.network.egress[0])
  })

  it('let every pod ask the name servers that are given, the edge too', () => {
    const usual = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }
    const dns = [usual, { ipBlock: { cidr: '169.254.20.10/32' } }]
    for (const policy of ['gateway', 'edge']) {
      const { egress } = objectNamed(objects({ network: { dns } }), 'NetworkPolicy', policy).spec
      const ports = [
        { port: 53, protocol: 'UDP' },
        { port: 53, protocol: 'TCP' },
      ]
      expect(egress[0]).toEqual({ to: dns, ports })
    }
  })

  it('replace pods when a setting or the configuration of nginx changes, and no others', () => {
    const checksums = (values?: object) =>
      deployments(objects(values)).map(({ spec }) => Object.values(spec.template.metadata.annotations).join())
    const before = checksums()
    expect(checksums()).toEqual(before)
    const changed = checksums({ settings: { LOG_LEVEL: 'debug' } }).filter((each, index) => each !== before[index])
    expect(changed).toHaveLength(4)
  })

  it('give a Service with port 443 for each, or leave out the edge and let the ingress in', () => {
    const services = (values: object) =>
      objects(values).filter(
        ({ kind, spec }) => kind === 'Service' && spec.selector['app.kubernetes.io/name'] === 'edge',
      )
    expect(services({})).toHaveLength(1)
    expect(services({ edge: { service: { separate: true } } }).map(({ spec }) => spec.ports)).toEqual([
      [{ name: 'config-api', port: 443, targetPort: 'config-api' }],
      [{ name: 'console', port: 443, targetPort: 'console' }],
      [{ name: 'forwarder-api', port: 443, targetPort: 'forwarder-api' }],
    ])
    const without = objects({ edge: { enabled: false }, network: { ingress: 'traefik' } })
    expect(without.filter(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'edge')).toEqual([])
    expect(objectNamed(without, 'NetworkPolicy', 'services').spec.ingress[0].from).toEqual([
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'traefik' } } },
    ])
  })

  it('are texts, whatever is in them', () => {
    const keys = { redis: 'a, b', prober: '123', console: 'x: y}', edge: '#' }
    const all = objects({ externalSecrets: { enabled: true, keys }, pods: { priorityClassName: 'true' } })
    const secrets = all.filter(({ kind }) => kind === 'ExternalSecret')
    expect(secrets.map(({ spec }) => spec.dataFrom[0].extract.key).sort()).toEqual(Object.values(keys).sort())
    for (const { spec } of deployments(all)) expect(spec.template.spec.priorityClassName).toBe('true')
  })

  it('ask the identity provider for the scopes that docs/console.md has', () => {
    const [, scopes] = /^OIDC_SCOPES="(.*)"$/m.exec(text('docs/console.md')) ?? []
    const { env } = objectNamed(objects(), 'Deployment', 'console').spec.template.spec.containers[0]
    expect(env).toContainEqual({ name: 'OIDC_SCOPES', value: scopes })
  })

  it('leave out the console, its links and its port', () => {
    const off = { console: { enabled: false } }
    const without = rendered({ ...off, urls: { console: '' } })
    expect(rendered({ ...off, urls: { console: 'https://config-api.example' } })).toBe(without)
    expect(without).not.toContain('CONSOLE_URL')
    const all = objectsOf(without)
    expect(deployments(all).map(({ metadata }) => metadata.name)).not.toContain('console')
    expect(objectNamed(all, 'Service', 'edge').spec.ports.map(({ port }: { readonly port: number }) => port)).toEqual([
      8080, 8081,
    ])
  })

  it('ask a store for no Secret of what is left out', () => {
    const names = (values: object) =>
      objects({ externalSecrets: { enabled: true }, ...values })
        .filter(({ kind }) => kind === 'ExternalSecret')
        .map(({ metadata }) => metadata.name)
    const [edge, console] = [{ enabled: false }, { enabled: false }]
    expect(names({ edge, console })).toEqual(['prober', 'redis'])
    expect(names({ edge })).toEqual(['console', 'prober', 'redis'])
    expect(names({ console })).toEqual(['edge-tls', 'prober', 'redis'])
  })
})

/** The block of docs/kubernetes.md that begins with the name of this file. */
function documented(file: string): string {
  const blocks = text('docs/kubernetes.md').split('```yaml\n').slice(1)
  const [block = ''] = blocks.find((each) => each.startsWith(`# ${file}`))?.split('```') ?? []
  expect(block).not.toBe('')
  return block
}

withTools(describe, 'Helm and checkers')('docs/kubernetes.md', () => {
  const inNamespace = ['mtls-gateway', chart, '--namespace', 'mtls-gateway']
  const fromValues = () => {
    const file = join(directory, 'documented.yaml')
    writeFileSync(file, documented('values.yaml'))
    return objectsOf(outputOf('helm', ['template', ...inNamespace, '--values', file]))
  }

  it('has values and an overlay that give the same, but for the Services of the edge', () => {
    const folder = mkdtempSync(join(directory, 'documented-'))
    const base = relative(folder, join(root, 'infra/kubernetes'))
    const overlay = documented('overlay/kustomization.yaml').replace('../mtls-gateway/infra/kubernetes', base)
    writeFileSync(join(folder, 'kustomization.yaml'), overlay)
    const ofEdge = ({ kind, metadata }: KubernetesObject) => kind === 'Service' && /^edge\b/.test(metadata.name)
    // A patch puts what it names first.
    const inOrder = (object: KubernetesObject): KubernetesObject => {
      for (const { env } of object.spec?.template?.spec.containers ?? []) {
        env?.sort((a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1))
      }
      return object
    }
    const rest = (all: readonly KubernetesObject[]) => byName(all.filter((object) => !ofEdge(object)).map(inOrder))
    expect(rest(withoutChecksums(fromValues()))).toEqual(rest(kustomized(folder)))
    expect(fromValues().filter(ofEdge)).toHaveLength(3)
    expect(JSON.stringify(fromValues())).not.toMatch(/api\.example|"mtls-gateway\//)
  })

  it('names values that there are', () => {
    const values = parse(text('infra/helm/values.yaml'))
    const [, table = ''] = text('docs/kubernetes.md').split('| you want | values |')
    const rows = table.split('\n\n')[0]?.split('\n').slice(2) ?? []
    const named = rows.flatMap((row) =>
      [...(row.split('|')[2] ?? '').matchAll(/`([\w.]+)/g)].map(([, name = '']) => name),
    )
    // Those of each service, and settings, of which any may be given.
    const fixed = named.filter((name) => !/^(settings\.|settings$|mounts$|resources$|[A-Z_]+$)/.test(name))
    const lookUp = (name: string) => name.split('.').reduce((found, key) => found?.[key], values)
    expect(named.length).toBeGreaterThan(10)
    expect(fixed.filter((name) => lookUp(name) === undefined)).toEqual([])
    expect(rendered(parse(documented('an egress proxy')))).toContain('cidr: 192.0.2.7/32')
    const audit = rendered(parse(documented('the audit to a webhook')))
    expect(audit).toContain('cidr: 10.30.0.7/32')
    expect(audit).toContain('{ name: AUDIT_WEBHOOK_SECRET_FILE, value: "/etc/mtls-gateway/audit/secret" }')
    expect(audit).toContain('{ name: audit, mountPath: /etc/mtls-gateway/audit, readOnly: true }')
  })

  it('lets all pods but the edge out to what is outside of the cluster', () => {
    const all = objects(parse(documented('Vault and Redis outside of the cluster')))
    expect(objectNamed(all, 'NetworkPolicy', 'gateway').spec.egress.slice(-2)).toEqual([
      { to: [{ ipBlock: { cidr: '10.20.0.5/32' } }], ports: [{ port: 8200 }] },
      { to: [{ ipBlock: { cidr: '10.20.0.6/32' } }], ports: [{ port: 6380 }] },
    ])
    expect(objectNamed(all, 'ConfigMap', 'settings').data?.VAULT_ADDR).toBe('https://bao.corp.example:8200')
    expect(JSON.stringify(objectNamed(all, 'NetworkPolicy', 'edge'))).not.toContain('10.20.0')
  })

  it('makes exactly the Secrets and ConfigMaps that pods use, with their keys', () => {
    const commands = text('docs/kubernetes.md').replaceAll('\\\n', ' ')
    const made = [...commands.matchAll(/^kubectl -n mtls-gateway create (configmap|secret \w+) ([a-z-]+) (.*)$/gm)].map(
      ([, kind, name, options = '']) => {
        const keys = [...options.matchAll(/--from-(?:file|literal)=([^=\s]+)/g)].map(([, key = '']) => key)
        return [name, kind === 'secret tls' ? ['tls.crt', 'tls.key'] : keys.sort()]
      },
    )
    expect(Object.fromEntries(made)).toEqual({
      ca: ['redis.pem', 'vault.pem'],
      redis: ['password', 'url'],
      prober: ['secret'],
      console: ['oidc-client-secret', 'session-keys'],
      'edge-tls': ['tls.crt', 'tls.key'],
    })
    const pods = deployments(fromValues()).map(({ spec }) => spec.template.spec)
    const used = JSON.stringify(pods).matchAll(/"(?:secretName|secretKeyRef":\{"name|configMap":\{"name)":"([a-z-]+)"/g)
    const own = objects().flatMap(({ kind, metadata }) => (kind === 'ConfigMap' ? [metadata.name] : []))
    const others = [...used].map(([, name = '']) => name).filter((name) => !own.includes(name))
    expect(new Set(others)).toEqual(new Set(made.map(([name]) => name)))
    const files = JSON.stringify([pods, objectNamed(fromValues(), 'ConfigMap', 'settings')])
    for (const path of ['ca/vault.pem', 'ca/redis.pem', 'redis/password', 'prober/secret', 'console/session-keys']) {
      expect(files).toContain(`/etc/mtls-gateway/${path}"`)
    }
  })
})

withTools(describe, 'Helm and checkers')('the steps of docs/upgrades.md', () => {
  it('replace the pods of one service at a time, those of the prober with those of config-api', () => {
    const [, images = '', steps = ''] = /```sh\nimages=(\S+)\n([\s\S]*?)```/.exec(text('docs/upgrades.md')) ?? []
    const of = (options: readonly string[]) => {
      const all = objectsOf(
        outputOf('helm', [...template({ images: { repository: images, tag: '0.4.0' } }), ...options]),
      )
      return new Map(deployments(all).map((each) => [each.metadata.name, JSON.stringify(each.spec.template)]))
    }
    const lines = steps.replaceAll('\\\n', '').replaceAll('$images', images).split('\n')
    const upgrades = lines.filter((line) => line.startsWith('helm upgrade $release'))
    const states = upgrades.map((line) => of(line.split(/ +/).slice(3)))
    const release = of(['--set', 'images.tag=0.3.0'])
    const changed = [release, ...states].map((state, index, all) =>
      [...state].flatMap(([name, pod]) => (pod === (all[index - 1] ?? state).get(name) ? [] : [name])),
    )
    expect(changed).toEqual([[], ['forwarder-api'], ['config-api', 'prober'], ['console']])
  })
})
