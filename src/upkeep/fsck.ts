import type { DataSource } from 'typeorm';
import { AuditRepository } from '../audit/audit.repository.js';
import { CutSignatures } from '../audit/cut-signature.js';
import { verifyAuditLog } from '../audit/verify-audit-log.js';
import { DeviceCountRepository } from '../devices/record/device-count.repository.js';
import type { Finding, FirmwareName, FsckReport } from '../domain/upkeep-reports.js';
import type { FirmwareEntity } from '../firmware/firmware.entity.js';
import { FirmwareRepository } from '../firmware/firmware.repository.js';
import { StoredFiles } from '../firmware/maintenance/stored-files.js';
import { LogsRepository } from '../logs/logs.repository.js';
import type { FirmwareStore } from '../storage/firmware-store.js';
import { hashOf } from '../storage/hash-of.js';

/** Checks what a server keeps, and repairs what can be without losing anything. It may run beside the server. */
export class Fsck {
  private readonly firmware: FirmwareRepository;
  private readonly logs: LogsRepository;
  private readonly devices: DeviceCountRepository;
  private readonly files: StoredFiles;

  /** @param onRead is told what is read next: the path of a file, or the audit log */
  constructor(
    private readonly database: DataSource,
    private readonly store: FirmwareStore,
    private readonly onRead: (what: string) => void = () => undefined,
  ) {
    this.firmware = FirmwareRepository.of(database.manager);
    this.logs = LogsRepository.of(database.manager);
    this.devices = DeviceCountRepository.of(database.manager);
    this.files = new StoredFiles(this.firmware, store);
  }

  /** @throws DomainError STORE_UNAVAILABLE */
  async run(isRepair: boolean): Promise<FsckReport> {
    const { files, missing, unreferenced } = await this.files.compare();
    const removable = unreferenced.filter((file) => file.isRemovable);
    const removed = new Set(isRepair ? await this.files.removeUnreferenced(removable) : []);
    const audit = await this.verifyAudit();
    return {
      files,
      auditRows: audit.verifiedRows,
      findings: [
        ...missing.map((row) => ({ kind: 'missing' as const, path: row.binaryPath, firmware: nameOf(row) })),
        ...(await this.findDamaged(new Set(missing.map(({ id }) => id)))),
        ...removable.map((file) => ({
          kind: 'unreferenced' as const,
          path: file.path,
          size: file.size,
          isRepaired: removed.has(file),
        })),
        ...(await this.findLeftovers(isRepair)),
        ...(await this.findTotals(isRepair)),
        ...(audit.fault ? [{ kind: 'audit' as const, reason: audit.fault.reason }] : []),
      ],
    };
  }

  /** Reads each file once, whatever number of firmware it belongs to. */
  private async findDamaged(missing: ReadonlySet<number>): Promise<Finding[]> {
    const hashes = new Map<string, string | null>();
    const findings: Finding[] = [];
    for (const row of await this.firmware.findWithFile()) {
      const path = row.binaryPath;
      if (missing.has(row.id)) continue;
      if (!hashes.has(path)) hashes.set(path, await this.hashOf(path));
      const hash = hashes.get(path);
      // One that is gone was removed meanwhile, on purpose; the next run tells otherwise.
      if (hash !== null && hash !== row.fileHash)
        findings.push({ kind: 'damaged', path, firmware: nameOf(row) });
    }
    return findings;
  }

  private async hashOf(path: string): Promise<string | null> {
    this.onRead(path);
    const file = await this.store.read(path);
    return file && hashOf(file.bytes);
  }

  private async findLeftovers(isRepair: boolean): Promise<Finding[]> {
    const found = await this.store.findLeftovers();
    if (isRepair && found.length > 0) await this.store.clearLeftovers();
    const left = new Set(isRepair ? await this.store.findLeftovers() : found);
    return found.map((path) => ({ kind: 'leftover', path, isRepaired: !left.has(path) }));
  }

  private async findTotals(isRepair: boolean): Promise<Finding[]> {
    const wrong = [
      ...((await this.firmware.hasExactTotals()) ? [] : (['firmware'] as const)),
      ...((await this.logs.hasExactTotals()) ? [] : (['logs'] as const)),
      ...((await this.devices.hasExactTotal()) ? [] : (['devices'] as const)),
    ];
    if (isRepair && wrong.length > 0) await this.database.query('SELECT recount_lists()');
    return wrong.map((list) => ({ kind: 'totals', list, isRepaired: isRepair }));
  }

  private verifyAudit(): ReturnType<typeof verifyAuditLog> {
    const { manager } = this.database;
    return verifyAuditLog(AuditRepository.of(manager), CutSignatures.of(manager), () => {
      this.onRead('the audit log');
    });
  }
}

const nameOf = ({ id, deviceType, version, buildNumber }: FirmwareEntity): FirmwareName => ({
  id,
  deviceType,
  version,
  buildNumber,
});
