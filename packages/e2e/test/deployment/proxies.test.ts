import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { commonSettings } from '@mtls-gateway/service-kit'
import { root } from '../support/entries.ts'

const read = (...names: string[]) => readFileSync(join(root, ...names), 'utf8')
const { trustedProxies } = commonSettings('CONFIG_API', { service: 8_080, management: 9_080 })

describe('the proxies that services trust', () => {
  it('in docker-compose.yml are those of the network that nginx and the console are in', () => {
    const compose = read('docker-compose.yml')
    const range = /TRUSTED_PROXIES: &edge-subnet \$\{EDGE_SUBNET:-([^}]+)\}/.exec(compose)?.[1] ?? ''
    expect(trustedProxies.schema.parse(range)).toEqual([range])
    expect(compose.match(/TRUSTED_PROXIES: \*edge-subnet/g)).toHaveLength(1)
    expect(compose).toMatch(/^ {2}edge: \{ ipam: \{ config: \[\{ subnet: \*edge-subnet \}\] \} \}$/m)
    const targets = /^ {2}targets: .*TARGETS_SUBNET:-([^}]+)\}/m.exec(compose)?.[1]
    expect(targets).toMatch(/\/24$/)
    expect(targets).not.toBe(range)
    for (const service of ['nginx', 'console']) {
      expect(compose).toMatch(new RegExp(`^  ${service}:\\n(?:    .*\\n)*?    networks: \\[edge\\b`, 'm'))
    }
  })

  it('in infra/kubernetes are pods, and no pod but those of the edge and the console gets in', () => {
    const range = /^ +- TRUSTED_PROXIES=(.*)$/m.exec(read('infra/kubernetes/kustomization.yaml'))?.[1] ?? ''
    expect(trustedProxies.schema.parse(range)).toEqual(['10.244.0.0/16'])
    const policies = read('infra/kubernetes/network-policy.yaml').split(/^---$/m)
    const openers = policies.filter((text) =>
      /ingress:\n(?:.*\n)*?.*ports: \[\{ port: http \}\]/.test(text.split('egress:')[0] ?? ''),
    )
    const names = openers.map((text) => /^ {2}name: (.+)$/m.exec(text)?.[1])
    expect(names).toEqual(['services', 'config-api', 'forwarder-api'])
    expect(openers[0]).toMatch(/from:\n +- podSelector: \{ matchLabels: \{ app.kubernetes.io\/name: edge \} \}\n/)
    for (const ofConsole of openers.slice(1)) {
      expect(ofConsole).toMatch(/from:\n +- podSelector: \{ matchLabels: \{ app.kubernetes.io\/name: console \} \}\n/)
    }
  })
})
