import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '../support/entries.ts'

const manifest = (name: string) => readFileSync(join(root, 'infra/kubernetes', name), 'utf8')
const [configApi, prober, policies] = [
  manifest('config-api.yaml'),
  manifest('prober.yaml'),
  manifest('network-policy.yaml'),
]

/** The policy with this name, one of the file's documents. */
function policy(name: string): string {
  const found = policies.split(/^---$/m).find((text) => new RegExp(`^  name: ${name}$`, 'm').test(text))
  if (found === undefined) throw new Error(`there is no policy ${name}`)
  return found
}

/** Every value of `key:`, wherever it occurs. */
function values(text: string, key: string): string[] {
  return [...text.matchAll(new RegExp(`\\b${key}: "?([^\\s",}]+)`, 'g'))].map(([, value = '']) => value)
}

function variable(text: string, name: string): string | undefined {
  return new RegExp(`name: ${name}, value: "?([^\\s",}]+)`).exec(text)?.[1]
}

describe('the prober in infra/kubernetes', () => {
  it('runs as a service account of its own, which alone has its role in Vault', () => {
    expect(values(prober, 'serviceAccountName')).toEqual(['prober'])
    expect(values(configApi, 'serviceAccountName')).toEqual(['config-api'])
    expect(variable(prober, 'VAULT_KUBERNETES_ROLE')).toBe('mtls-gateway-prober')
    for (const name of ['config-api.yaml', 'forwarder-api.yaml', 'kustomization.yaml']) {
      expect(manifest(name)).not.toMatch(/value: "?mtls-gateway-prober|VAULT_PROBER/)
    }
    for (const text of [configApi, prober]) expect(text).not.toMatch(/automountServiceAccountToken: true/)
  })

  it('is what config-api is told, by the secret that both mount', () => {
    expect(values(manifest('kustomization.yaml'), 'namespace')).toEqual(['mtls-gateway'])
    expect(variable(configApi, 'PROBER_URL')).toBe('https://prober:8443')
    expect(prober).toContain('{ name: probes, port: 8443, targetPort: probes }')
    expect(prober).toContain('args: [dist/prober.js]')
    const file = variable(prober, 'PROBER_SECRET_FILE')
    expect(variable(configApi, 'PROBER_SECRET_FILE')).toBe(file)
    for (const text of [configApi, prober]) {
      expect(text).toContain('{ name: prober, mountPath: /etc/mtls-gateway/prober, readOnly: true }')
    }
    expect(values(prober, 'secretName')).toEqual(['prober'])
    expect(values(configApi, 'secretName')).toEqual(['redis', 'prober'])
    expect(manifest('forwarder-api.yaml')).not.toContain('prober')
  })

  it('is reached by config-api and by nobody else; neither edge nor Redis are its business', () => {
    expect(policy('prober')).toMatch(
      /podSelector: \{ matchLabels: \{ app.kubernetes.io\/name: prober \} \}\n {2}policyTypes: \[Ingress\]/,
    )
    expect(values(policy('prober'), 'port')).toEqual(['probes'])
    expect(values(policy('prober'), 'app.kubernetes.io/name')).toEqual(['prober', 'config-api'])
    expect(values(policy('config-api'), 'app.kubernetes.io/name')).toEqual(['config-api', 'console', 'prober'])
    // Policies add up, so no other one may let anybody in there.
    for (const name of ['gateway', 'services']) expect(values(policy(name), 'port')).not.toContain('probes')
    expect(policy('config-api')).toContain('policyTypes: [Ingress, Egress]')
    expect(values(policy('services'), 'values')).toEqual(['[config-api'])
    expect(policy('services')).toMatch(/values: \[config-api, forwarder-api, console\]/)
    expect(policy('gateway')).not.toMatch(/6379|ingress-nginx/)
  })
})

describe('the prober in docker-compose.yml', () => {
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
  const service = (name: string) => new RegExp(`^  ${name}:\\n((?:(?:    .*)?\\n)+)`, 'm').exec(compose)?.[1] ?? ''

  it('has a volume with its login that nothing else mounts but the set-up', () => {
    const users = ['config-api', 'prober', 'forwarder-api', 'nginx', 'vault', 'redis', 'vault-setup', 'demo'].filter(
      (name) => service(name).includes('prober-vault:'),
    )
    expect(users).toEqual(['prober', 'vault-setup'])
    expect(service('config-api')).not.toContain('VAULT_PROBER')
    expect(service('prober')).not.toMatch(/networks: \[.*edge/)
  })
})
