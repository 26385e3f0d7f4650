import { mkdtempSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { withTools } from '@mtls-gateway/test-kit'
import { parse } from 'yaml'
import { byName, Chart, chartFolder, deployments, textOf, withoutChecksums } from '../support/chart.ts'
import { root } from '../support/entries.ts'
import { type KubernetesObject, objectNamed, objectsOf } from '../support/manifests.ts'

let chart: Chart
beforeAll(() => {
  chart = new Chart()
})
afterAll(() => chart?.close())

/** The block of docs/kubernetes.md that begins with the name of this file. */
function documented(file: string): string {
  const blocks = textOf('docs/kubernetes.md').split('```yaml\n').slice(1)
  const [block = ''] = blocks.find((each) => each.startsWith(`# ${file}`))?.split('```') ?? []
  expect(block).not.toBe('')
  return block
}

withTools(describe, 'Helm and checkers')('docs/kubernetes.md', () => {
  const inNamespace = ['mtls-gateway', chartFolder, '--namespace', 'mtls-gateway']
  const fromValues = () => {
    const file = join(chart.directory, 'documented.yaml')
    writeFileSync(file, documented('values.yaml'))
    return objectsOf(chart.outputOf('helm', ['template', ...inNamespace, '--values', file]))
  }

  it('has values and an overlay that give the same, but for the Services of the edge', () => {
    const folder = mkdtempSync(join(chart.directory, 'documented-'))
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
    expect(rest(withoutChecksums(fromValues()))).toEqual(rest(chart.kustomized(folder)))
    expect(fromValues().filter(ofEdge)).toHaveLength(3)
    expect(JSON.stringify(fromValues())).not.toMatch(/api\.example|"mtls-gateway\//)
  })

  it('names values that there are', () => {
    const values = parse(textOf('infra/helm/values.yaml'))
    const [, table = ''] = textOf('docs/kubernetes.md').split('| you want | values |')
    const rows = table.split('\n\n')[0]?.split('\n').slice(2) ?? []
    const named = rows.flatMap((row) =>
      [...(row.split('|')[2] ?? '').matchAll(/`([\w.]+)/g)].map(([, name = '']) => name),
    )
    // Those of each service, and settings, of which any may be given.
    const fixed = named.filter((name) => !/^(settings\.|settings$|mounts$|resources$|[A-Z_]+$)/.test(name))
    const lookUp = (name: string) => name.split('.').reduce((found, key) => found?.[key], values)
    expect(named.length).toBeGreaterThan(10)
    expect(fixed.filter((name) => lookUp(name) === undefined)).toEqual([])
    expect(chart.rendered(parse(documented('an egress proxy')))).toContain('cidr: 192.0.2.7/32')
    const audit = chart.rendered(parse(documented('the audit to a webhook')))
    expect(audit).toContain('cidr: 10.30.0.7/32')
    expect(audit).toContain('{ name: AUDIT_WEBHOOK_SECRET_FILE, value: "/etc/mtls-gateway/audit/secret" }')
    expect(audit).toContain('{ name: audit, mountPath: /etc/mtls-gateway/audit, readOnly: true }')
  })

  it('lets all pods but the edge out to what is outside of the cluster', () => {
    const all = chart.objects(parse(documented('Vault and Redis outside of the cluster')))
    expect(objectNamed(all, 'NetworkPolicy', 'gateway').spec.egress.slice(-2)).toEqual([
      { to: [{ ipBlock: { cidr: '10.20.0.5/32' } }], ports: [{ port: 8200 }] },
      { to: [{ ipBlock: { cidr: '10.20.0.6/32' } }], ports: [{ port: 6380 }] },
    ])
    expect(objectNamed(all, 'ConfigMap', 'settings').data?.VAULT_ADDR).toBe('https://bao.corp.example:8200')
    expect(JSON.stringify(objectNamed(all, 'NetworkPolicy', 'edge'))).not.toContain('10.20.0')
  })

  it('makes exactly the Secrets and ConfigMaps that pods use, with their keys', () => {
    const commands = textOf('docs/kubernetes.md').replaceAll('\\\n', ' ')
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
    const own = chart.objects().flatMap(({ kind, metadata }) => (kind === 'ConfigMap' ? [metadata.name] : []))
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
    const [, images = '', steps = ''] = /```sh\nimages=(\S+)\n([\s\S]*?)```/.exec(textOf('docs/upgrades.md')) ?? []
    const of = (options: readonly string[]) => {
      const all = objectsOf(
        chart.outputOf('helm', [...chart.template({ images: { repository: images, tag: '0.4.0' } }), ...options]),
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
