/** The Java versions that a report names: "8" is before 8u301, "11" is 11.0.12 and later (docs/api.md). */
export const javaVersions = ['8', '8u301', '11', '17', '21'] as const

export type JavaVersion = (typeof javaVersions)[number]
