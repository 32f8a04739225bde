// What a client in Go is asked to do with the built server: the jobs of jobs.py, in the same order and with the same lines.
//
//	jobs MODE WORLD COMMAND...
//
// MODE is legacy or auto; WORLD a folder that `jobs.py world` has made; COMMAND starts the server, with all its options.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const many = 200

type jobs struct {
	mode, world string
	session     *mcp.ClientSession
	mu          sync.Mutex
	heard       map[string]bool
	onProgress  func(float64)
}

type report = map[string]any

func (j *jobs) hear(kind string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.heard[kind] = true
}

func (j *jobs) hasHeard(count int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.heard) == count
}

func (j *jobs) links() []string {
	entries, _ := os.ReadDir(filepath.Join(j.world, "linked"))
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	sort.Strings(names)
	return names
}

func (j *jobs) call(ctx context.Context, name string, args any, token any) (bool, report, error) {
	params := &mcp.CallToolParams{Name: name, Arguments: args}
	if token != nil {
		params.SetProgressToken(token)
	}
	result, err := j.session.CallTool(ctx, params)
	if err != nil {
		return false, nil, err
	}
	structured, _ := result.StructuredContent.(report)
	return result.IsError, structured, nil
}

// Calls a tool whose answer has to have a certain value.
func (j *jobs) want(ctx context.Context, name string, args any, key, value string) error {
	_, said, err := j.call(ctx, name, args, nil)
	if err == nil && said[key] != value {
		err = fmt.Errorf("%v", said)
	}
	return err
}

func (j *jobs) wantLinks(wanted []string) error {
	if links := j.links(); !reflect.DeepEqual(links, wanted) {
		return fmt.Errorf("%d links: %.200v", len(links), links)
	}
	return nil
}

func (j *jobs) wantCounts(ctx context.Context, wanted [4]int) error {
	tools, err := j.session.ListTools(ctx, nil)
	if err != nil {
		return err
	}
	prompts, err := j.session.ListPrompts(ctx, nil)
	if err != nil {
		return err
	}
	resources, err := j.session.ListResources(ctx, nil)
	if err != nil {
		return err
	}
	templates, err := j.session.ListResourceTemplates(ctx, nil)
	if err != nil {
		return err
	}
	counts := [4]int{len(tools.Tools), len(prompts.Prompts), len(resources.Resources), len(templates.ResourceTemplates)}
	if counts != wanted {
		return fmt.Errorf("tools, prompts, resources, templates: %v", counts)
	}
	return nil
}

func (j *jobs) connect(context.Context) error {
	wanted := map[string]string{"legacy": "2025-11-25", "auto": "2026-07-28"}[j.mode]
	result := j.session.InitializeResult()
	if result.ProtocolVersion != wanted {
		return fmt.Errorf("it speaks %s", result.ProtocolVersion)
	}
	if !strings.Contains(result.Instructions, "prod (Odoo 17.0") {
		return fmt.Errorf("it has no instructions")
	}
	return nil
}

func (j *jobs) list(ctx context.Context) error { return j.wantCounts(ctx, [4]int{7, 2, 2, 2}) }

func (j *jobs) link(ctx context.Context) error {
	if err := j.want(ctx, "oca_link", report{"module": "web_a"}, "status", "linked"); err != nil {
		return err
	}
	return j.wantLinks([]string{"web_a"})
}

func (j *jobs) refusal(ctx context.Context) error {
	if err := j.want(ctx, "oca_link", report{"module": "none"}, "code", "module_not_found"); err != nil {
		return err
	}
	if err := j.want(ctx, "oca_link", report{"modul": "web_a"}, "code", "invalid_argument"); err != nil {
		return err
	}
	return j.want(ctx, "ee_link", report{"modules": []string{"web_a"}}, "code", "policy_denied")
}

func (j *jobs) elicitation(ctx context.Context) error {
	if err := j.want(ctx, "oca_unlink", report{"modules": []string{"web_a"}}, "status", "unlinked"); err != nil {
		return err
	}
	return j.wantLinks([]string{})
}

func (j *jobs) resource(ctx context.Context) error {
	read, err := j.session.ReadResource(ctx, &mcp.ReadResourceParams{URI: "odoo-link://prod/modules/web_a"})
	if err != nil {
		return err
	}
	if !strings.Contains(read.Contents[0].Text, `"web_a"`) {
		return fmt.Errorf("%.200s", read.Contents[0].Text)
	}
	_, err = j.session.ReadResource(ctx, &mcp.ReadResourceParams{URI: "odoo-link://prod/modules/none"})
	if err == nil || !strings.Contains(err.Error(), "[module_not_found]") {
		return fmt.Errorf("one that is not there: %v", err)
	}
	return nil
}

func (j *jobs) completion(ctx context.Context) error {
	said, err := j.session.Complete(ctx, &mcp.CompleteParams{
		Ref:      &mcp.CompleteReference{Type: "ref/prompt", Name: "why_not_visible"},
		Argument: mcp.CompleteParamsArgument{Name: "module", Value: "web"},
	})
	if err == nil && !reflect.DeepEqual(said.Completion.Values, []string{"web_a"}) {
		err = fmt.Errorf("%v", said.Completion.Values)
	}
	return err
}

func names(group string) []string {
	list := []string{}
	for at := range many {
		list = append(list, fmt.Sprint(group, at))
	}
	return list
}

func (j *jobs) progress(ctx context.Context) error {
	seen := []float64{}
	j.onProgress = func(progress float64) { seen = append(seen, progress) }
	_, said, err := j.call(ctx, "oca_link", report{"module": names("m")}, "progress")
	if err == nil && (said["status"] != "linked" || len(seen) < 2 || !sort.Float64sAreSorted(seen)) {
		err = fmt.Errorf("%v: %.200v", seen, said)
	}
	return err
}

func (j *jobs) cancellation(ctx context.Context) error {
	before := j.links()
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	j.onProgress = func(float64) { cancel() }
	if _, _, err := j.call(within, "oca_link", report{"module": names("n")}, "cancellation"); err == nil {
		return fmt.Errorf("it was not cancelled")
	}
	// The next call waits for the undoing.
	if err := j.want(ctx, "oca_link", report{"module": "web_a"}, "status", "linked"); err != nil {
		return err
	}
	return j.wantLinks(append(before, "web_a"))
}

func (j *jobs) policyChange(ctx context.Context) error {
	file := filepath.Join(j.world, "policy.json")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	policy := report{}
	if err := json.Unmarshal(text, &policy); err != nil {
		return err
	}
	policy["hide"] = []string{"link_status", "addon_info"}
	if text, err = json.Marshal(policy); err != nil {
		return err
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	for !j.hasHeard(3) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("it heard only of %v", j.heard)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return j.wantCounts(ctx, [4]int{5, 1, 1, 0})
}

func (j *jobs) open(ctx context.Context, command []string) error {
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "0"}, &mcp.ClientOptions{
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: report{"name": "web_a"}}, nil
		},
		ToolListChangedHandler:     func(context.Context, *mcp.ToolListChangedRequest) { j.hear("tools") },
		PromptListChangedHandler:   func(context.Context, *mcp.PromptListChangedRequest) { j.hear("prompts") },
		ResourceListChangedHandler: func(context.Context, *mcp.ResourceListChangedRequest) { j.hear("resources") },
		ProgressNotificationHandler: func(_ context.Context, request *mcp.ProgressNotificationClientRequest) {
			j.onProgress(request.Params.Progress)
		},
	})
	server := exec.Command(command[0], command[1:]...)
	server.Stderr = os.Stderr
	options := &mcp.ClientSessionOptions{}
	if j.mode == "legacy" {
		options.ProtocolVersion = "2025-11-25"
	}
	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: server}, options)
	j.session = session
	return err
}

func tell(job string, err error) {
	result := "pass"
	if err != nil {
		result = err.Error()
	}
	line, _ := json.Marshal(map[string]string{"job": job, "result": result})
	fmt.Println(string(line))
}

func main() {
	j := &jobs{mode: os.Args[1], world: os.Args[2], heard: map[string]bool{}, onProgress: func(float64) {}}
	all := context.Background()
	opening, opened := context.WithTimeout(all, time.Minute)
	failed := j.open(opening, os.Args[3:])
	opened()
	for _, job := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"connect", j.connect}, {"list", j.list}, {"link", j.link}, {"refusal", j.refusal},
		{"elicitation", j.elicitation}, {"resource", j.resource}, {"completion", j.completion},
		{"progress", j.progress}, {"cancellation", j.cancellation}, {"policy_change", j.policyChange},
	} {
		err := failed
		if err == nil {
			within, done := context.WithTimeout(all, time.Minute)
			err = job.do(within)
			done()
		}
		tell(job.name, err)
	}
	if failed == nil {
		j.session.Close()
	}
}
