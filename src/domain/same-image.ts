/** What a device says that it runs. */
interface Running {
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
}

export const isSameImage = (one: Running, other: Running): boolean =>
  one.version === other.version && one.build === other.build && one.deviceType === other.deviceType;
