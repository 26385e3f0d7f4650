import { describe, expect, it } from '@jest/globals'
import { benchArguments } from '../src/command/bench-arguments.ts'

describe('the arguments of the bench', () => {
  it('are 5 rounds of 10 s, quick 3 of 4 s', () => {
    expect(benchArguments([])).toMatchObject({ rounds: 5, seconds: 10, only: undefined, quick: false })
    expect(benchArguments(['--quick'])).toMatchObject({ rounds: 3, seconds: 4, quick: true })
    expect([benchArguments([]).wait, benchArguments(['--wait', '0']).wait]).toEqual([60, 0])
    expect(benchArguments(['--quick', '--rounds', '1'])).toMatchObject({ rounds: 1, seconds: 4 })
  })

  it('are 2,000 identities in 200 accounts for affinity', () => {
    expect(benchArguments([])).toMatchObject({ identities: 2_000, accounts: 200 })
    expect(benchArguments(['--identities', '40', '--accounts', '8'])).toMatchObject({ identities: 40, accounts: 8 })
  })

  it('are a million calls of isolation-soak', () => {
    expect(benchArguments([]).calls).toBe(1_000_000)
    expect(benchArguments(['--calls', '2000']).calls).toBe(2_000)
  })

  it('name scenarios', () => {
    expect(benchArguments(['--only', 'small']).only).toEqual(['small'])
  })

  it('name the others that are measured as well: all of them, unless some are chosen', () => {
    expect(benchArguments([])).toMatchObject({
      peers: expect.arrayContaining(['nginx', 'bare undici']),
      against: undefined,
    })
    const chosen = ['--peers', 'bare undici,nginx', '--against', '../before']
    expect(benchArguments(chosen)).toMatchObject({ peers: ['bare undici', 'nginx'], against: '../before' })
  })

  it('name pools by a part of their names', () => {
    expect(benchArguments([]).pools).toBeUndefined()
    expect(benchArguments(['--pools', 'connections,probes,probes']).pools).toEqual([
      'connections of forwarder-api',
      'target-connections of forwarder-api',
      'connections of config-api',
      'probes of config-api',
    ])
  })

  it.each([
    [['--pools', 'everything'], /--pools takes connections of forwarder-api.*, not everything\./],
    [['--only', 'smal'], /--only takes small.*, not smal\./],
    [['--peers', 'squid'], /--peers takes nginx.*, not squid\./],
    [['--rounds', '0'], /--rounds takes a whole number from 1/],
    [['--seconds', 'x'], /--seconds takes a whole number from 1/],
    [['--wait=-1'], /--wait takes a whole number from 0/],
    [['--fast'], /--fast/],
  ])('are refused with a sentence: %j', (args, message) => {
    expect(() => benchArguments(args)).toThrow(message)
  })
})
