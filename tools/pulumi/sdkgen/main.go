// Command sdkgen writes the TypeScript and the Python SDK from the package schema.
//
//	sdkgen -schema schema/schema.json -version 0.1.0 -license LICENSE -nodejs sdk-ts -python sdk-python [-check]
package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const (
	tool = "sdkgen"

	// What the TypeScript SDK is compiled with.
	nodeTypes  = "20.19.43"
	typescript = "5.9.3"
)

// handwritten are files of the TypeScript SDK that no schema has a word for, by their place in it.
//
//go:embed nodejs
var handwritten embed.FS

// built names the directories that npm, pip and Python make inside of an SDK.
var built = []string{"node_modules", "build", "__pycache__"}

func main() {
	schemaPath := flag.String("schema", "", "the package schema to read")
	version := flag.String("version", "", "the version that the schema must have")
	license := flag.String("license", "", "the license file to put into both SDKs")
	nodeDir := flag.String("nodejs", "", "the directory of the TypeScript SDK; its contents are replaced")
	pythonDir := flag.String("python", "", "the directory of the Python SDK; its contents are replaced")
	check := flag.Bool("check", false, "write nothing, fail when a directory is not what would be written")
	flag.Parse()

	finish := replace
	if *check {
		finish = compare
	}
	if err := run(*schemaPath, *version, *license, *nodeDir, *pythonDir, finish); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", tool, err)
		os.Exit(1)
	}
}

func run(
	schemaPath, version, license, nodeDir, pythonDir string, finish func(dir string, files map[string][]byte) error,
) error {
	licenseText, err := os.ReadFile(license)
	if err != nil {
		return err
	}

	// Each generator decodes the language sections into the package it is given, so each gets its own.
	forNode, err := load(schemaPath, version)
	if err != nil {
		return err
	}
	beside, err := files(handwritten, "nodejs")
	if err != nil {
		return err
	}
	nodeFiles, err := nodejs.GeneratePackage(tool, forNode, beside, nil, false, nil)
	if err != nil {
		return fmt.Errorf("TypeScript: %w", err)
	}
	if err := alsoOfAws(nodeFiles, "config/vars.ts", `__config.get("region")`,
		`__config.get("region") ?? new pulumi.Config("aws").get("region")`); err != nil {
		return err
	}
	if nodeFiles["package.json"], err = publishable(nodeFiles["package.json"]); err != nil {
		return err
	}
	nodeFiles["LICENSE"] = licenseText
	nodeFiles[".gitignore"] = append(nodeFiles[".gitignore"], "*.js\n*.d.ts\n"...)
	if err := finish(nodeDir, nodeFiles); err != nil {
		return err
	}

	forPython, err := load(schemaPath, version)
	if err != nil {
		return err
	}
	pythonFiles, err := python.GeneratePackage(tool, forPython, nil, nil)
	if err != nil {
		return fmt.Errorf("python: %w", err)
	}
	if err := alsoOfAws(pythonFiles, "pulumi_agentic/config/vars.py", `__config__.get('region')`,
		`__config__.get('region') or pulumi.Config('aws').get('region')`); err != nil {
		return err
	}
	pythonFiles["LICENSE"] = licenseText
	// pyproject.toml names a README.md beside itself, the generator writes it into the package only.
	pythonFiles["README.md"] = pythonFiles["pulumi_agentic/README.md"]
	return finish(pythonDir, pythonFiles)
}

// load reads the schema and binds it, which checks it against Pulumi's metaschema.
func load(path, version string) (*schema.Package, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(data, &spec); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if spec.Version != version {
		return nil, fmt.Errorf("%s has version %q, Cargo.toml has %q", path, spec.Version, version)
	}
	pkg, diagnostics, err := schema.BindSpec(spec, schema.NewNullLoader(), schema.ValidationOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, diagnostic := range diagnostics {
		fmt.Fprintf(os.Stderr, "%s: %v\n", path, diagnostic)
	}
	if diagnostics.HasErrors() {
		return nil, fmt.Errorf("%s is not a valid package schema", path)
	}
	return pkg, nil
}

// files are those of a directory, by their paths in it.
func files(from embed.FS, root string) (map[string][]byte, error) {
	found := map[string][]byte{}
	err := fs.WalkDir(from, root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := from.ReadFile(path)
		found[strings.TrimPrefix(path, root+"/")] = data
		return err
	})
	return found, err
}

// alsoOfAws lets the region of the stack be that of its AWS package where it has none of its own.
func alsoOfAws(files map[string][]byte, name, from, to string) error {
	if bytes.Count(files[name], []byte(from)) != 1 {
		return fmt.Errorf("%s has not the one %s that is to become %s", name, from, to)
	}
	files[name] = bytes.Replace(files[name], []byte(from), []byte(to), 1)
	return nil
}

// publishable adds to the generated package.json what npm needs to compile and pack the package.
func publishable(data []byte) ([]byte, error) {
	var manifest map[string]any
	if err := json.Unmarshal(data, &manifest); err != nil {
		return nil, err
	}
	// Compiled files lie beside their sources, so that `pulumi-agentic/iam` is a module to every resolver of
	// modules, those that know nothing of "exports" included.
	manifest["main"] = "index.js"
	manifest["types"] = "index.d.ts"
	manifest["files"] = []string{"**/*.js", "**/*.d.ts"}
	manifest["scripts"] = map[string]string{"build": "tsc --outDir . --sourceMap false --declarationMap false"}
	manifest["devDependencies"] = map[string]string{"@types/node": nodeTypes, "typescript": typescript}

	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(manifest)
	return out.Bytes(), err
}

// replace makes the generated files the directory's only contents, except for what builds put there.
func replace(dir string, files map[string][]byte) error {
	stale, err := others(dir, files)
	if err != nil {
		return err
	}
	for _, name := range stale {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compare fails when replace would change anything in the directory.
func compare(dir string, files map[string][]byte) error {
	different, err := others(dir, files)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err != nil || !bytes.Equal(data, files[name]) {
			different = append(different, name)
		}
	}
	if len(different) > 0 {
		return fmt.Errorf("%s is not what the schema gives, run `make sdk` (%s)", dir, strings.Join(different, ", "))
	}
	return nil
}

// others lists the files in the directory that are neither among the given ones nor made by a build.
func others(dir string, files map[string][]byte) ([]string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(built, entry.Name()) || strings.HasSuffix(entry.Name(), ".egg-info") {
				return filepath.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(dir, path)
		if compiled(name) {
			return err
		}
		if _, generated := files[filepath.ToSlash(name)]; !generated {
			found = append(found, name)
		}
		return err
	})
	return found, err
}

// compiled tells whether tsc has made the file.
func compiled(name string) bool {
	return strings.HasSuffix(name, ".js") || strings.HasSuffix(name, ".d.ts")
}
