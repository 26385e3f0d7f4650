import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { temporaryFolder } from './temporary-folder.ts'
import { type VaultAccess, vaultApi } from './vault-api.ts'
import { VaultProcess } from './vault-process.ts'
import { findVaultProgram } from './vault-program.ts'
import { initialise } from './vault-server.ts'

/** Reached as clients reach a cluster: by a load balancer, which hands connections to its nodes in turn. */
export interface VaultCluster extends VaultAccess {
  /** SIGKILL. Resolves when it is dead, whether or not there is a new one. */
  killLeader(): Promise<void>
  /** Starts the nodes that were killed; resolves when all follow the leader. */
  heal(): Promise<void>
  stop(): Promise<void>
}

interface Node {
  readonly server: VaultProcess
  /** Whether the load balancer's health check would find it well. */
  isUp: boolean
}

const wholeWithinMs = 60_000
/** Normally it takes half a second. */
const joinedWithinMs = 5_000

/** Three servers with raft storage. They take some seconds until each of them votes. */
export async function startVaultCluster(): Promise<VaultCluster> {
  const program = findVaultProgram()
  if (program === undefined) throw new Error('there is no Vault server: run npm run openbao:fetch')
  const directory = await mkdtemp(join(temporaryFolder(), 'vault-'))
  const nodes: readonly Node[] = await Promise.all(
    [0, 1, 2].map(async (n) => ({ server: await VaultProcess.start(program, join(directory, `${n}`)), isUp: true })),
  )
  const [first, ...others] = nodes.map(({ server }) => server.address)
  if (first === undefined) throw new Error('a cluster has nodes')
  const { unsealKey: key, rootToken } = await initialise(first)
  const balancer = await startBalancer(nodes)
  const api: VaultAccess['api'] = (method, path, body, token = rootToken) =>
    vaultApi(balancer.address, method, path, body, token)

  /** 200 of the active node, 429 of one that follows it; undefined of one that is dead. */
  const healthOf = ({ server }: Node): Promise<number | undefined> =>
    vaultApi(server.address, 'GET', 'sys/health').then(
      ({ status }) => status,
      () => undefined,
    )
  const leader = async (deadline = Date.now() + wholeWithinMs): Promise<Node> => {
    const healths = await Promise.all(nodes.map(healthOf))
    const active = nodes[healths.indexOf(200)]
    if (active !== undefined) return active
    if (Date.now() > deadline) throw new Error(`the cluster has no leader: its nodes' health is ${healths}`)
    await setTimeout(50)
    return leader(deadline)
  }
  const untilWhole = async (deadline = Date.now() + wholeWithinMs): Promise<void> => {
    const { server } = await leader(deadline)
    const state = await vaultApi(server.address, 'GET', 'sys/storage/raft/autopilot/state', undefined, rootToken)
    const { voters, healthy } = state.body.data
    // It takes a while to notice that a node is gone: each has to say that it follows.
    const healths = await Promise.all(nodes.map(healthOf))
    const following = healths.filter((status) => status === 429)
    if (healthy && voters.length === nodes.length && following.length === nodes.length - 1) return
    if (Date.now() > deadline)
      throw new Error(`the cluster is not whole: ${JSON.stringify({ healths, voters, healthy })}`)
    await setTimeout(100)
    return untilWhole(deadline)
  }
  const stop = async () => {
    await Promise.all(nodes.map(({ server }) => server.end('SIGKILL')))
    await balancer.close()
    await rm(directory, { recursive: true, force: true })
  }

  try {
    await vaultApi(first, 'PUT', 'sys/unseal', { key })
    await leader()
    const stabilization = { server_stabilization_time: '100ms' }
    await vaultApi(first, 'POST', 'sys/storage/raft/autopilot/configuration', stabilization, rootToken)
    for (const address of others) await joinCluster(address, first, key)
    await untilWhole()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    address: balancer.address,
    rootToken,
    api,
    killLeader: async () => {
      const killed = await leader()
      killed.isUp = false
      await killed.server.end('SIGKILL')
    },
    heal: async () => {
      for (const node of nodes.filter(({ isUp }) => !isUp)) {
        await node.server.restart('')
        await vaultApi(node.server.address, 'PUT', 'sys/unseal', { key })
      }
      await untilWhole()
      for (const node of nodes) node.isUp = true
    },
    stop,
  }
}

/** On a busy machine the leader may not answer in time; then the node is no member until it asks again. */
async function joinCluster(address: string, leader: string, key: string): Promise<void> {
  for (const deadline = Date.now() + wholeWithinMs; ; ) {
    const asked = await vaultApi(address, 'POST', 'sys/storage/raft/join', { leader_api_addr: leader })
    const unsealed = await vaultApi(address, 'PUT', 'sys/unseal', { key })
    const again = Date.now() + joinedWithinMs
    while (Date.now() < again) {
      const { status } = await vaultApi(address, 'GET', 'sys/health')
      if (status === 200 || status === 429) return
      await setTimeout(50)
    }
    if (Date.now() > deadline)
      throw new Error(`a node does not join the cluster: ${JSON.stringify({ asked, unsealed })}`)
  }
}

async function startBalancer(nodes: readonly Node[]): Promise<{ address: string; close(): Promise<void> }> {
  let turn = 0
  const balancer = createServer((client) => {
    const up = nodes.filter(({ isUp }) => isUp)
    const node = up[turn++ % up.length]
    if (node === undefined) {
      client.destroy()
      return
    }
    const { hostname, port } = new URL(node.server.address)
    const server = connect(Number(port), hostname)
    client.on('error', () => {}).on('close', () => server.destroy())
    server.on('error', () => {}).on('close', () => client.destroy())
    client.pipe(server).pipe(client)
  }).listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  // A TCP server has a port.
  const { port } = balancer.address() as AddressInfo
  const close = async () => {
    balancer.close()
    await once(balancer, 'close')
  }
  return { address: `http://127.0.0.1:${port}`, close }
}
