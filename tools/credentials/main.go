// Says what Velero and its plugins read of a credential file: the judge of our own writing.
//
// Each line of the input is a JSON object with the kind of the files (s3, azure or google) and
// their contents; each line of the output has for each file what every one of its readers finds
// in it, or the error.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/joho/godotenv"
	"github.com/vmware-tanzu/velero/pkg/util/dotenv"
	"golang.org/x/oauth2/google"
)

type question struct {
	Kind  string
	Files []string
}

type answer struct {
	Values map[string]string
	Error  string
}

type reader func(path string) (map[string]string, error)

// Velero read Azure's file with godotenv until 1.18.2, and with a package of its own since.
var readers = map[string][]reader{
	"s3":     {shared},
	"azure":  {environment(dotenv.Read), environment(godotenv.Read)},
	"google": {account},
}

// shared is velero-plugin-for-aws config.go, and velero pkg/repository/config/aws.go.
func shared(path string) (map[string]string, error) {
	ctx := context.Background()
	loaded, err := config.LoadDefaultConfig(ctx,
		config.WithSharedCredentialsFiles([]string{path}),
		config.WithSharedConfigFiles([]string{path}),
		config.WithSharedConfigProfile(""))
	if err != nil {
		return nil, err
	}
	found, err := loaded.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"aws_access_key_id":     found.AccessKeyID,
		"aws_secret_access_key": found.SecretAccessKey,
		"aws_session_token":     found.SessionToken,
	}, nil
}

func environment(read func(...string) (map[string]string, error)) reader {
	return func(path string) (map[string]string, error) { return read(path) }
}

// account is velero-plugin-for-gcp object_store.go: getSecretAccountTypeKey, initFromKeyFile.
func account(path string) (map[string]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var plain map[string]any
	if err := json.Unmarshal(content, &plain); err != nil {
		return nil, err
	}
	kind := plain["type"].(string)
	found, err := google.JWTConfigFromJSON(content)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"type":         kind,
		"client_email": found.Email,
		"private_key":  string(found.PrivateKey),
		"token_uri":    found.TokenURL,
	}, nil
}

func read(each reader, path string) (found answer) {
	defer func() {
		if reason := recover(); reason != nil {
			found = answer{Error: fmt.Sprintf("panic: %v", reason)}
		}
	}()
	values, err := each(path)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Values: values}
}

func judge(asked question, path string) [][]answer {
	found := [][]answer{}
	for _, content := range asked.Files {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			log.Fatal(err)
		}
		all := []answer{}
		for _, each := range readers[asked.Kind] {
			all = append(all, read(each, path))
		}
		found = append(found, all)
	}
	return found
}

func main() {
	questions, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	path := filepath.Join(os.Args[1], "credential")
	for {
		var asked question
		if err := questions.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(judge(asked, path)); err != nil {
			log.Fatal(err)
		}
	}
}
