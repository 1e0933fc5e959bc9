// Command sdkgen writes SDKs from the package schema: each for which a directory is given.
//
//	sdkgen -schema schema/schema.json -version 0.1.0 -license LICENSE \
//		[-nodejs sdk-ts] [-python sdk-python] [-go sdk-go] [-server https://...] [-check]
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

	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
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

// sources is what all SDKs are made from.
type sources struct {
	schema, version, server string
	license                 []byte
	// A type to leave out where a property may have another.
	without string
}

// policyDocument is a type of another module, which Go's generator imports for a property of several types and then
// does not name.
const policyDocument = "#/types/agentic:iam:PolicyDocument"

func main() {
	from := sources{}
	flag.StringVar(&from.schema, "schema", "", "the package schema to read")
	flag.StringVar(&from.version, "version", "", "the version that the schema must have")
	flag.StringVar(&from.server, "server", "", "where Pulumi downloads the plugin, if not where the schema says")
	license := flag.String("license", "", "the license file to put into the SDKs")
	check := flag.Bool("check", false, "write nothing, fail when a directory is not what would be written")
	languages := []struct {
		directory *string
		generate  func(sources) (map[string][]byte, error)
	}{
		{flag.String("nodejs", "", "the directory of the TypeScript SDK; its contents are replaced"), forNode},
		{flag.String("python", "", "the directory of the Python SDK; its contents are replaced"), forPython},
		{flag.String("go", "", "the directory of the Go SDK; its contents are replaced"), forGo},
	}
	flag.Parse()

	finish := replace
	if *check {
		finish = compare
	}
	licenseText, err := os.ReadFile(*license)
	from.license = licenseText
	for _, language := range languages {
		if err != nil || *language.directory == "" {
			continue
		}
		var files map[string][]byte
		if files, err = language.generate(from); err == nil {
			err = finish(*language.directory, files)
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", tool, err)
		os.Exit(1)
	}
}

func forNode(from sources) (map[string][]byte, error) {
	pkg, err := load(from)
	if err != nil {
		return nil, err
	}
	beside, err := filesOf(handwritten, "nodejs")
	if err != nil {
		return nil, err
	}
	files, err := nodejs.GeneratePackage(tool, pkg, beside, nil, false, nil)
	if err != nil {
		return nil, fmt.Errorf("TypeScript: %w", err)
	}
	if err := alsoOfAws(files, "config/vars.ts", `__config.get("region")`,
		`__config.get("region") ?? new pulumi.Config("aws").get("region")`+
			` ?? utilities.getEnv("AWS_REGION", "AWS_DEFAULT_REGION")`); err != nil {
		return nil, err
	}
	files["package.json"], err = publishable(files["package.json"])
	files["LICENSE"] = from.license
	files[".gitignore"] = append(files[".gitignore"], "*.js\n*.d.ts\n"...)
	return files, err
}

func forPython(from sources) (map[string][]byte, error) {
	pkg, err := load(from)
	if err != nil {
		return nil, err
	}
	files, err := python.GeneratePackage(tool, pkg, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("python: %w", err)
	}
	if err := alsoOfAws(files, "pulumi_agentic/config/vars.py", `__config__.get('region')`,
		`__config__.get('region') or pulumi.Config('aws').get('region')`+
			` or _utilities.get_env('AWS_REGION', 'AWS_DEFAULT_REGION')`); err != nil {
		return nil, err
	}
	files["LICENSE"] = from.license
	// pyproject.toml names a README.md beside itself, the generator writes it into the package only.
	files["README.md"] = files["pulumi_agentic/README.md"]
	return files, nil
}

func forGo(from sources) (map[string][]byte, error) {
	from.without = policyDocument
	pkg, err := load(from)
	if err != nil {
		return nil, err
	}
	files, err := golang.GeneratePackage(tool, pkg, nil)
	if err != nil {
		return nil, fmt.Errorf("go: %w", err)
	}
	files["LICENSE"] = from.license
	return files, nil
}

// load reads the schema and binds it, which checks it against Pulumi's metaschema. Each generator decodes the
// language sections into the package it is given, so each gets its own.
func load(from sources) (*schema.Package, error) {
	data, err := os.ReadFile(from.schema)
	if err != nil {
		return nil, err
	}
	if from.without != "" {
		var document any
		if err := json.Unmarshal(data, &document); err != nil {
			return nil, fmt.Errorf("%s: %w", from.schema, err)
		}
		leaveOut(document, from.without)
		if data, err = json.Marshal(document); err != nil {
			return nil, err
		}
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(data, &spec); err != nil {
		return nil, fmt.Errorf("%s: %w", from.schema, err)
	}
	if spec.Version != from.version {
		return nil, fmt.Errorf("%s has version %q, Cargo.toml has %q", from.schema, spec.Version, from.version)
	}
	if from.server != "" {
		spec.PluginDownloadURL = from.server
	}
	pkg, diagnostics, err := schema.BindSpec(spec, schema.NewNullLoader(), schema.ValidationOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from.schema, err)
	}
	for _, diagnostic := range diagnostics {
		fmt.Fprintf(os.Stderr, "%s: %v\n", from.schema, diagnostic)
	}
	if diagnostics.HasErrors() {
		return nil, fmt.Errorf("%s is not a valid package schema", from.schema)
	}
	return pkg, nil
}

// leaveOut takes a type out of all choices of types.
func leaveOut(document any, reference string) {
	switch document := document.(type) {
	case map[string]any:
		if choices, ok := document["oneOf"].([]any); ok {
			document["oneOf"] = slices.DeleteFunc(choices, func(choice any) bool {
				one, ok := choice.(map[string]any)
				return ok && one["$ref"] == reference
			})
		}
		for _, inner := range document {
			leaveOut(inner, reference)
		}
	case []any:
		for _, inner := range document {
			leaveOut(inner, reference)
		}
	}
}

// filesOf are the files of a directory, by their paths in it.
func filesOf(from embed.FS, root string) (map[string][]byte, error) {
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

// alsoOfAws lets the region of the stack be that of its AWS package, or of the environment, where it has none of its
// own.
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
