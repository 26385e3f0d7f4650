import { describe, expect, it } from '@jest/globals'
import { choosePorts, freePorts, inUse, targetPort } from '../src/ports.ts'

describe('the port of the target', () => {
  it('is 8082, or that of the demo before', () => {
    expect(targetPort({}, undefined)).toBe(8082)
    expect(targetPort({ CONFIG_API_PORT: '8080' }, { targetPort: 45_678 })).toBe(45_678)
  })

  it('is any other where a service is to have it', () => {
    expect(targetPort({ CONFIG_API_PORT: '8082' }, undefined)).toBe(0)
    expect(targetPort({ FORWARDER_API_MANAGEMENT_PORT: '45678' }, { targetPort: 45_678 })).toBe(0)
    expect(targetPort({ CONSOLE_PORT: '8082' }, undefined)).toBe(0)
  })

  it('is any other where all services are to have free ports, unless it had one before', () => {
    expect(targetPort(freePorts, undefined)).toBe(0)
    expect(targetPort({ ...freePorts, CONSOLE_PORT: '8090' }, undefined)).toBe(8082)
    expect(targetPort(freePorts, { targetPort: 45_678 })).toBe(45_678)
  })
})

describe('the ports of the services', () => {
  const busy =
    (...ports: readonly number[]) =>
    async (port: number) =>
      !ports.includes(port)

  it('are the usual ones where these are free', async () => {
    expect(await choosePorts({}, busy())).toEqual({ environment: {}, taken: new Map() })
  })

  it.each([
    [8080, 'CONFIG_API_PORT', 'config-api'],
    [9080, 'CONFIG_API_MANAGEMENT_PORT', 'config-api'],
    [8081, 'FORWARDER_API_PORT', 'forwarder-api'],
    [9081, 'FORWARDER_API_MANAGEMENT_PORT', 'forwarder-api'],
    [8090, 'CONSOLE_PORT', 'console'],
    [9083, 'CONSOLE_MANAGEMENT_PORT', 'console'],
  ])('are any that are free where %i is in use', async (port, variable, service) => {
    const { environment, taken } = await choosePorts({}, busy(port))
    expect(environment).toEqual({ [variable]: '0' })
    expect([...taken]).toEqual([[service, [port]]])
  })

  it('are those that the user has set, even if they are in use, and no other service has these', async () => {
    const { environment } = await choosePorts({ CONFIG_API_PORT: '8081' }, busy(8081))
    expect(environment).toEqual({ FORWARDER_API_PORT: '0' })
  })

  it('are looked for on the addresses where the services listen', async () => {
    const looked: string[] = []
    const isFree = async (port: number, host: string) => looked.push(`${host}:${port}`) > 0
    await choosePorts({ CONSOLE_HOST: '127.0.0.2', MANAGEMENT_HOST: '127.0.0.3' }, isFree)
    expect(looked).toEqual([
      ...['127.0.0.1:8080', '127.0.0.3:9080', '127.0.0.1:8081', '127.0.0.3:9081', '127.0.0.2:8090', '127.0.0.3:9083'],
    ])
  })

  it('are told of in a few words', () => {
    expect([[], [8080], [8080, 9080]].map(inUse)).toEqual(['', ' (8080 is in use)', ' (8080 and 9080 are in use)'])
  })
})
