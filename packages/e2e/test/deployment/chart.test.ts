import { mkdtempSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { vaultRoles } from '@mtls-gateway/secret-store/vault-setup'
import { withTools } from '@mtls-gateway/test-kit'
import { parse, stringify } from 'yaml'
import { manifests } from '../../../../infra/kubernetes/write.ts'
import {
  byName,
  Chart,
  chartFolder,
  deployments,
  textOf,
  valuesOfManifests,
  withoutChecksums,
} from '../support/chart.ts'
import { root } from '../support/entries.ts'
import { objectNamed, objectsOf, writeSchemas } from '../support/manifests.ts'

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

let chart: Chart
beforeAll(() => {
  chart = new Chart()
})
afterAll(() => chart?.close())

withTools(describe, 'Helm and checkers')('the chart', () => {
  it('gives the objects that kustomize gives', () => {
    expect(byName(withoutChecksums(chart.objects()))).toEqual(byName(chart.kustomized(join(root, 'infra/kubernetes'))))
  })

  it('gives those of infra/observability where the Prometheus Operator is', () => {
    const without = new Set(Object.keys(byName(chart.objects())))
    const added = chart
      .objects({ monitoring: { enabled: true } })
      .filter((each) => !without.has(`${each.kind} ${each.metadata.name}`))
    expect(byName(added)).toEqual(byName(chart.kustomized(join(root, 'infra/observability'))))
  })

  it('gives those of the component for the External Secrets Operator, whose Secrets have the names that pods mount', () => {
    const folder = mkdtempSync(join(chart.directory, 'overlay-'))
    const base = relative(folder, join(root, 'infra/kubernetes'))
    const overlay = { resources: [base], components: [`${base}/external-secrets`] }
    writeFileSync(join(folder, 'kustomization.yaml'), stringify(overlay))
    const secrets = chart.kustomized(folder).filter(({ kind }) => kind === 'ExternalSecret')
    const own = chart.objects({ externalSecrets: { enabled: true } }).filter(({ kind }) => kind === 'ExternalSecret')
    expect(own).toEqual(secrets)
    const mounted = chart.rendered().matchAll(/(?:secretName: |secretKeyRef: \{ name: )([a-z-]+)/g)
    expect(new Set(own.map(({ metadata }) => metadata.name))).toEqual(new Set([...mounted].map(([, name]) => name)))
  })

  it('is what the manifests beside it are made of', () => {
    for (const [file, made] of manifests(join(chart.tools, 'helm'))) {
      expect({ file, text: textOf(`infra/${file}`) }).toEqual({ file, text: made })
    }
  })

  it('has the version of the release', () => {
    const { version } = JSON.parse(textOf('package.json'))
    expect(parse(textOf('infra/helm/Chart.yaml'))).toMatchObject({ version, appVersion: version })
  })

  it('pleases helm lint', () => {
    const file = join(chart.directory, 'everything.yaml')
    writeFileSync(file, stringify(everything))
    for (const more of [[], ['--values', file]]) {
      chart.outputOf('helm', ['lint', '--strict', chartFolder, '--values', valuesOfManifests, ...more])
    }
  })

  it.each(kubernetesVersions)('has no field that Kubernetes %s does not know', (version) => {
    const locations = writeSchemas(chart.tools, chart.directory).flatMap((path) => ['-schema-location', path])
    // Once, and by one worker: each reads the schemas for itself, which takes a second of processor time.
    const args = ['-n', '1', '-strict', '-summary', '-output', 'json', '-kubernetes-version', version, ...locations]
    const wrong = chart.rendered().replace('maxUnavailable: 1', 'maxUnavailable: 1\n  maxUnvailable: 1')
    const unknown = chart
      .rendered(everything)
      .replace('podMetricsEndpoints:', 'podMetricEndpoints: []\n  podMetricsEndpoints:')
    const all = [...variants.map((each) => chart.rendered(each)), wrong, unknown].join('')
    const { resources, summary } = JSON.parse(chart.run('kubeconform', args, all).stdout)
    expect(resources).toMatchObject([
      { kind: 'PodDisruptionBudget', msg: expect.stringContaining('maxUnvailable') },
      { kind: 'PodMonitor', msg: expect.stringContaining('podMetricEndpoints') },
    ])
    expect(summary).toEqual({ valid: objectsOf(all).length - 2, invalid: 2, errors: 0, skipped: 0 })
  })

  it('has nothing critical for kube-score, by Helm or kustomize', () => {
    const kustomize = chart.outputOf('kustomize', ['build', join(root, 'infra/kubernetes')])
    for (const all of [kustomize, ...variants.map((each) => chart.rendered(each))]) {
      const { stdout } = chart.run('kube-score', ['score', '--output-format', 'ci', '-'], all)
      expect(stdout.split('\n').filter((line) => /^\[(CRITICAL|WARNING)\]/.test(line))).toEqual([])
      expect(stdout).toContain('[OK]')
    }
  })

  it('asks kube-score not to look only where a comment says why, and looks itself', () => {
    for (const { metadata, spec } of deployments(chart.objects())) {
      const isAsked = ['container-image-pull-policy', 'container-resources']
      const own = ['prober', 'edge'].includes(metadata.name) ? ['pod-probes-identical'] : []
      expect(metadata.annotations?.['kube-score/ignore']).toBe([...isAsked, ...own].join(','))
      for (const { resources } of spec.template.spec.containers) {
        expect(resources).toMatchObject({ requests: { cpu: expect.anything() }, limits: { memory: expect.anything() } })
      }
    }
    for (const [file, made] of manifests(join(chart.tools, 'helm'))) {
      for (const [, comment] of made.matchAll(
        /^(.*)\n +(?:kube-score\/ignore: .*probes|imagePullPolicy:|resources:)/gm,
      )) {
        expect({ file, comment }).toEqual({ file, comment: expect.stringMatching(/^ +# /) })
      }
    }
  })
})

withTools(describe, 'Helm and checkers')('the values of the chart', () => {
  it('may be several urls of one service, of which the console shows the first', () => {
    const urls = { forwarderApi: 'https://mtls.example, https://mtls.internal:8443' }
    const variable = (deployment: string, wanted: string) =>
      objectNamed(chart.objects({ urls }), 'Deployment', deployment).spec.template.spec.containers[0].env.find(
        ({ name }: { readonly name: string }) => name === wanted,
      ).value
    expect(variable('forwarder-api', 'PUBLIC_BASE_URLS')).toBe(urls.forwarderApi)
    expect(variable('console', 'FORWARDER_URL')).toBe('https://mtls.example')
  })

  it('are settings that the services know', () => {
    const settings = textOf('docs/configuration.md')
    const known = new Set([...settings.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, name]) => name))
    const all = chart.objects(everything)
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
    const names = Object.keys(objectNamed(chart.objects({ settings }), 'ConfigMap', 'settings').data ?? {})
    expect(names.filter((name) => name.endsWith('_CA_FILE'))).toEqual([])
    expect(names).toContain('VAULT_KUBERNETES_JWT_FILE')
  })

  it('log in by the roles of the mount, which setup names like it', () => {
    const settings = { VAULT_MOUNT: 'team/mtls', VAULT_KUBERNETES_MOUNT: 'kubernetes-west' }
    const roles = [...chart.rendered({ settings }).matchAll(/name: VAULT_(?:GC_)?KUBERNETES_ROLE, value: (\S+) /g)]
    expect(roles.map(([, role]) => role).sort()).toEqual(vaultRoles.map((role) => `team-mtls-${role}`).sort())
    expect(objectNamed(chart.objects({ settings }), 'ConfigMap', 'settings').data).toMatchObject(settings)
  })

  it('lets targets of private ranges and other ports through both guard and network policy', () => {
    const all = chart.objects(everything)
    expect(objectNamed(all, 'ConfigMap', 'settings').data).toMatchObject({
      TARGET_ALLOW_CIDRS: '10.20.0.0/16, fd00:1::/64',
    })
    type Rule = { readonly to: readonly object[]; readonly ports: readonly object[] }
    const rulesOf = (values: object): readonly Rule[] =>
      objectNamed(chart.objects(values), 'NetworkPolicy', 'gateway').spec.egress
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
      const { egress } = objectNamed(chart.objects({ network: { dns } }), 'NetworkPolicy', policy).spec
      const ports = [
        { port: 53, protocol: 'UDP' },
        { port: 53, protocol: 'TCP' },
      ]
      expect(egress[0]).toEqual({ to: dns, ports })
    }
  })

  it('replace pods when a setting or the configuration of nginx changes, and no others', () => {
    const checksums = (values?: object) =>
      deployments(chart.objects(values)).map(({ spec }) => Object.values(spec.template.metadata.annotations).join())
    const before = checksums()
    expect(checksums()).toEqual(before)
    const changed = checksums({ settings: { LOG_LEVEL: 'debug' } }).filter((each, index) => each !== before[index])
    expect(changed).toHaveLength(4)
  })

  it('give a Service with port 443 for each, or leave out the edge and let the ingress in', () => {
    const services = (values: object) =>
      chart
        .objects(values)
        .filter(({ kind, spec }) => kind === 'Service' && spec.selector['app.kubernetes.io/name'] === 'edge')
    expect(services({})).toHaveLength(1)
    expect(services({ edge: { service: { separate: true } } }).map(({ spec }) => spec.ports)).toEqual([
      [{ name: 'config-api', port: 443, targetPort: 'config-api' }],
      [{ name: 'console', port: 443, targetPort: 'console' }],
      [{ name: 'forwarder-api', port: 443, targetPort: 'forwarder-api' }],
    ])
    const without = chart.objects({ edge: { enabled: false }, network: { ingress: 'traefik' } })
    expect(without.filter(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'edge')).toEqual([])
    expect(objectNamed(without, 'NetworkPolicy', 'services').spec.ingress[0].from).toEqual([
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'traefik' } } },
    ])
  })

  it('are texts, whatever is in them', () => {
    const keys = { redis: 'a, b', prober: '123', console: 'x: y}', edge: '#' }
    const all = chart.objects({ externalSecrets: { enabled: true, keys }, pods: { priorityClassName: 'true' } })
    const secrets = all.filter(({ kind }) => kind === 'ExternalSecret')
    expect(secrets.map(({ spec }) => spec.dataFrom[0].extract.key).sort()).toEqual(Object.values(keys).sort())
    for (const { spec } of deployments(all)) expect(spec.template.spec.priorityClassName).toBe('true')
  })

  it('ask the identity provider for the scopes that docs/console.md has', () => {
    const [, scopes] = /^OIDC_SCOPES="(.*)"$/m.exec(textOf('docs/console.md')) ?? []
    const { env } = objectNamed(chart.objects(), 'Deployment', 'console').spec.template.spec.containers[0]
    expect(env).toContainEqual({ name: 'OIDC_SCOPES', value: scopes })
  })

  it('leave out the console, its links and its port', () => {
    const off = { console: { enabled: false } }
    const without = chart.rendered({ ...off, urls: { console: '' } })
    expect(chart.rendered({ ...off, urls: { console: 'https://config-api.example' } })).toBe(without)
    expect(without).not.toContain('CONSOLE_URL')
    const all = objectsOf(without)
    expect(deployments(all).map(({ metadata }) => metadata.name)).not.toContain('console')
    expect(objectNamed(all, 'Service', 'edge').spec.ports.map(({ port }: { readonly port: number }) => port)).toEqual([
      8080, 8081,
    ])
  })

  it('ask a store for no Secret of what is left out', () => {
    const names = (values: object) =>
      chart
        .objects({ externalSecrets: { enabled: true }, ...values })
        .filter(({ kind }) => kind === 'ExternalSecret')
        .map(({ metadata }) => metadata.name)
    const [edge, console] = [{ enabled: false }, { enabled: false }]
    expect(names({ edge, console })).toEqual(['prober', 'redis'])
    expect(names({ edge })).toEqual(['console', 'prober', 'redis'])
    expect(names({ console })).toEqual(['edge-tls', 'prober', 'redis'])
  })
})
