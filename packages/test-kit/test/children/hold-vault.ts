import { startVaultServer } from '../../src/index.ts'

/** Starts a server, tells its address, and goes on until it is killed. */
const { address } = await startVaultServer()
process.send?.(address)
