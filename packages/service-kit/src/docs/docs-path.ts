export const docsPath = '/docs'

/** The page and what it loads, not the document. */
export function isDocsPage(route: string): boolean {
  return route === docsPath || route.startsWith(`${docsPath}/`)
}
