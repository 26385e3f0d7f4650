import { freePortFrom } from '../../src/free-port.ts'

/** Prints the first free port from the given one on. */
console.log(await freePortFrom(Number(process.argv[2])))
