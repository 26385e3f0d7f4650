import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { defaultTargetPorts, refusedTargetRanges, TargetAddressRules } from '@mtls-gateway/outbound'
import { root } from '../support/entries.ts'

const policy = readFileSync(join(root, 'infra/kubernetes/network-policy.yaml'), 'utf8')

interface Block {
  readonly cidr: string
  readonly except: readonly string[]
}

/** The address blocks of the policy: each `cidr` with its `except`, which stands below it. */
function addressBlocks(): readonly Block[] {
  return policy
    .split('- ipBlock:')
    .slice(1)
    .map((text) => {
      const [, cidr = ''] = /cidr: "?([^"\s]+)"?/.exec(text) ?? []
      return { cidr, except: [...text.matchAll(/^ +- "?([0-9a-f.:]+\/\d+)"?$/gm)].map(([, range = '']) => range) }
    })
}

const family = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

describe('the network policy of infra/kubernetes', () => {
  const blocks = addressBlocks()

  it('lets services out to the whole internet, but for what the target guard refuses', () => {
    expect(blocks).toEqual([
      { cidr: '0.0.0.0/0', except: refusedTargetRanges.ipv4 },
      { cidr: '::/0', except: refusedTargetRanges.ipv6 },
    ])
    expect(policy).toContain(`ports: [${defaultTargetPorts.map((port) => `{ port: ${port} }`).join(', ')}]`)
  })

  it.each([
    '10.0.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '168.63.129.16',
    '169.254.169.254',
    '192.0.0.192',
    '198.18.0.1',
    '198.19.255.255',
    '::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '2001::1',
    '2002:a9fe:a9fe::1',
    'fd00:ec2::254',
    'fe80::1',
  ])('and the guard both refuse %s', (address) => {
    const excepted = new BlockList()
    for (const range of blocks.flatMap(({ except }) => except)) {
      const [network = '', prefix] = range.split('/')
      excepted.addSubnet(network, Number(prefix), family(network))
    }
    expect(excepted.check(address, family(address))).toBe(true)
    expect(new TargetAddressRules([]).check(address)).toBe(true)
  })

  it('lets nobody out to the internet from the edge, and in from anywhere to nothing else', () => {
    const policies = policy.split(/^---$/m)
    const toInternet = policies.filter((text) => text.includes('ipBlock'))
    expect(toInternet).toHaveLength(1)
    expect(toInternet[0]).toContain('{ key: app.kubernetes.io/name, operator: NotIn, values: [edge] }')
    const fromAnywhere = policies.filter((text) => /ingress:\n +- ports:/.test(text))
    expect(fromAnywhere.map((text) => /^ {2}name: (.+)$/m.exec(text)?.[1])).toEqual(['edge'])
  })
})
