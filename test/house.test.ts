import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Which rooms a room may import from. A room not named here fails the test, so that each new one is placed. */
const allowed: Record<string, string[]> = {
  'lib/domain': [],
  'lib/ports.ts': ['lib/domain'],
  'lib/usecases': ['lib/domain', 'lib/ports.ts'],
  'lib/huawei': ['lib/domain', 'lib/ports.ts', 'lib/secret.ts'],
  'lib/sqlite': ['lib/domain', 'lib/ports.ts'],
  'lib/aws': ['lib/domain', 'lib/ports.ts', 'lib/secret.ts'],
  'lib/secret.ts': [],
  'lib/clock.ts': ['lib/domain', 'lib/ports.ts'],
  'lib/ids.ts': ['lib/ports.ts'],
  'lib/log.ts': ['lib/domain', 'lib/ports.ts'],
  'lib/config': ['lib/domain'],
  'lib/config.ts': ['lib/domain', 'lib/secret.ts', 'lib/config'],
  'lib/lambda': ['lib/domain', 'lib/ports.ts'],
  // The only room that builds adapters.
  'lib/runtime': ['lib'],
  'lib/http': ['lib/domain', 'lib/ports.ts', 'lib/usecases', 'lib/config.ts', 'lib/config', 'lib/log.ts'],
  functions: ['lib/domain', 'lib/usecases', 'lib/http', 'lib/aws', 'lib/lambda', 'lib/runtime'],
  // The command line is a client of the HTTP API; what needs no server it reckons with the same rules. Only a
  // rehearsal brings use cases, store and simulator along, and the doctor looks at what the server would use; each
  // command loads its own file when it is asked for.
  cli: ['lib/domain', 'lib/usecases', 'lib/config', 'local/rehearse', 'local/doctor', 'local/copy'],
  'local/copy': [
    'lib/domain',
    'lib/ports.ts',
    'lib/usecases',
    'lib/sqlite',
    'lib/aws',
    'lib/clock.ts',
    'lib/config',
  ],
  'local/doctor': ['lib/domain', 'lib/ports.ts', 'lib/huawei', 'lib/sqlite', 'lib/config.ts', 'lib/config'],
  'local/rehearse': [
    'lib/domain',
    'lib/ports.ts',
    'lib/usecases',
    'lib/huawei',
    'lib/sqlite',
    'lib/config.ts',
    'local/simulator',
  ],
  'local/simulator': ['lib/huawei', 'lib/domain', 'lib/config.ts'],
  local: ['lib', 'functions', 'local/simulator'],
  // It runs the packaged functions with the stand-ins of AWS that the tests have.
  bench: ['lib', 'functions', 'local', 'local/simulator', 'test/aws', 'test/package'],
};

const sourceFiles = ['functions', 'lib', 'cli', 'local', 'bench'].flatMap(filesIn);

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`);
}

function isIn(room: string, file: string): boolean {
  return file === room || file.startsWith(`${room}/`);
}

function roomOf(file: string): string | undefined {
  return Object.keys(allowed)
    .filter((room) => isIn(room, file))
    .sort((a, b) => b.length - a.length)[0];
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  return [...source.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].flatMap((match) => match[1] ?? []);
}

/** The files of the project that a file imports. */
function targetsOf(file: string): string[] {
  return importsOf(file)
    .filter((target) => target.startsWith('.'))
    .map((target) => normalize(relative('.', join(dirname(file), target))));
}

/** Each way of imports that leads back to where it began, once. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const finished = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, way: readonly string[]) => {
    const at = way.indexOf(file);
    if (at >= 0) circles.push([...way.slice(at), file].join(' → '));
    if (at >= 0 || finished.has(file)) return;
    for (const target of graph.get(file) ?? []) walk(target, [...way, file]);
    finished.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return circles;
}

function violations(file: string): string[] {
  const room = roomOf(file);
  if (room === undefined) return [`${file} stands in no known room`];
  return targetsOf(file)
    .filter((target) => !isIn(room, target) && !(allowed[room] ?? []).some((other) => isIn(other, target)))
    .map((target) => `${file} must not import ${target}`);
}

describe('the house', () => {
  it('has source files to look at', () => {
    expect(sourceFiles.length).toBeGreaterThan(1);
  });

  it('lets arrows point inward only', () => {
    expect(sourceFiles.flatMap(violations)).toEqual([]);
  });

  it('has rooms of at most fourteen files at one level, tests included', () => {
    const files = [...sourceFiles, ...filesIn('test')];
    const byRoom = Map.groupBy(files, (file) => dirname(file));
    // Benchmarks are looked at one by one.
    const isLarge = (room: string, count: number) => count > 14 && room !== 'bench';
    const large = [...byRoom].filter(([room, all]) => isLarge(room, all.length));
    expect(large.map(([room, all]) => `${room} has ${all.length} files`)).toEqual([]);
  });

  it('has one meaning for each exported name of lib', () => {
    const names = sourceFiles
      .filter((file) => isIn('lib', file))
      .flatMap((file) => {
        const source = readFileSync(join(root, file), 'utf8');
        return [...source.matchAll(/^export (?:async )?(?:function\*?|const|type|class) (\w+)/gm)].map(
          (match) => match[1],
        );
      });
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('has no circles', () => {
    const graph = new Map(sourceFiles.map((file) => [file, targetsOf(file)]));
    expect(circlesIn(graph)).toEqual([]);
  });

  it('keeps clock, environment, chance and I/O out of the rules', () => {
    const forbidden = /new Date\(\)|Date\.now\(\)|\bprocess\.\w|Math\.random\(|from 'node:(?!crypto)/;
    const guilty = sourceFiles
      .filter((file) => isIn('lib/domain', file) || isIn('lib/usecases', file))
      .filter((file) => forbidden.test(readFileSync(join(root, file), 'utf8')));
    expect(guilty).toEqual([]);
  });
});

describe('what is installed', () => {
  type Locked = {
    version?: string;
    integrity?: string;
    resolved?: string;
    link?: boolean;
    inBundle?: boolean;
  };
  const readJson = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
  const locked = Object.entries<Locked>(readJson('package-lock.json').packages).filter(
    ([path]) => path !== '',
  );

  it('is pinned with its checksum, and by no address', () => {
    const loose = locked.filter(([, { integrity, link }]) => integrity === undefined && link !== true);
    expect(loose.map(([path]) => path)).toEqual([]);
    expect(locked.filter(([, { resolved }]) => resolved?.startsWith('http'))).toEqual([]);
  });

  it('includes the very Node that runs the code, which needs no script to be installed', () => {
    const { optionalDependencies, scripts, allowScripts } = readJson('package.json');
    const name = `node-${process.platform}-${process.arch}`;
    expect(`v${optionalDependencies[name]}`).toBe(process.version);
    expect(realpathSync(join(root, 'node_modules/.bin/node'))).toBe(
      realpathSync(join(root, `node_modules/${name}/bin/node`)),
    );
    expect(Object.keys(scripts)).not.toContain('postinstall');
    expect(allowScripts).toBeUndefined();
  });
});
