import { readFile } from 'node:fs/promises'
import type { Plugin } from 'rolldown'

/** Reads what the compiler made of our sources with its source maps, so that a bundle's maps lead to TypeScript. */
export function compiledSources(): Plugin {
  return {
    name: 'compiled-sources',
    load: {
      filter: { id: { include: /\.js$/, exclude: /[\\/]node_modules[\\/]/ } },
      handler: async (id) => ({ code: await readFile(id, 'utf8'), map: await readFile(`${id}.map`, 'utf8') }),
    },
  }
}
